import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockFilter, filterBlock } from "../../../agent-container/src/output/block-filter.ts";
import { MARK_MAX, OUTPUT_BOUNDS } from "../../../agent-container/src/output/bounds.ts";
import { inboundMessage } from "../../../agent-container/src/agent/inbound-message.ts";
import { promptMessage } from "./invocations.ts";
import { cleanFileName, cleanLine } from "../../../agent-container/src/output/labels.ts";

/** All that marks are made of, whole and in pieces, and what stands around them. */
const FRAGMENTS = [
  "<think>;</think>;<Thinking a='b'>;</thinking>;<antThinking/>;<thought\n;<analysis ;</s>;<s>;<thi;thi;nk>;think",
  '<tool_call>;</tool_call>;<invoke name="x">;</invoke>;<function=f>;</function>;<｜DSML｜invoke>;<;>;</',
  "[TOOL_CALLS];[/TOOL_CALLS];[TOOL_REQUEST];[END_TOOL_REQUEST];[INST];[/INST];[THINK];[/THINK];[;]",
  '<|channel>;<channel|>;<|turn>;user;<turn|>;<|user|>;<|START_THINKING|>;<|END_THINKING|>;List<Thought>;<think a="<;">;\u200b;\ud83d',
  "<|channel|>;analysis;final;<|message|>;<|end|>;<|start|>;assistant;<|im_end|>;<<SYS>>;<|;|>",
  "<｜tool▁calls▁begin｜>;<｜tool▁calls▁end｜>;<|tool_call_begin|>;<|tool_call_end|>",
  "[[reply_to_current]];[[reply_to:;7;]];[[tts:;[[audio_as_voice]];[[",
  "About the next message (set by the chat platform;, names):;(set by ;the chat platform;A picture of the next ",
  "In the chat since you last answered (set by the chat platform;- x;What was said:;The message to answer now comes next.",
  'NO_REPLY;HEARTBEAT_OK;NO_;REPLY;**;_;.;No;";\\',
  "`;``;```;```\n;~~~\n;\n;\n\n; ;> ;- ;    ;\n   ```\n;\n> ```\n;](;);<!--;-->;a;b c;é;😀",
].flatMap((fragments) => fragments.split(";"));
const fragments = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 14 });
const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 12 });

/** What is on the screen after each piece, and at the end. */
function screens(pieces: readonly string[]): readonly string[] {
  const filter = new BlockFilter();
  const said = [...pieces.map((piece) => () => filter.append(piece)), () => filter.end()];
  let screen = "";
  return said.map((say) => {
    const { text, isAnew } = say();
    screen = isAnew ? text : screen + text;
    return screen;
  });
}

function cutAt(text: string, places: readonly number[]): readonly string[] {
  const ordered = [0, ...places.map((place) => Math.min(place, text.length)).toSorted((a, b) => a - b), text.length];
  return ordered.slice(1).map((end, index) => text.slice(ordered[index], end));
}

describe("the outbound filter", () => {
  it("says the same whatever the pieces", () => {
    fc.assert(
      fc.property(fragments, cuts, (found, places) => {
        const text = found.join("");
        const whole = filterBlock(text);
        expect(screens(cutAt(text, places)).at(-1)).toBe(whole);
        expect(screens(text.split("")).at(-1)).toBe(whole);
      }),
      { numRuns: 3_000 },
    );
  });

  it("knows the item of a list that begins right behind a mark, in whatever pieces it comes", () => {
    const text = "[<|start|>- \n   ```\n<think>";
    expect(filterBlock(text)).toBe(screens(text.split("")).at(-1));
    expect(filterBlock(text)).not.toContain("<think>");
  });

  it("never has anything on the screen that it would take out", () => {
    fc.assert(
      fc.property(fragments, (found) => {
        for (const screen of screens(found.join("").split(""))) expect(filterBlock(screen)).toBe(screen);
      }),
      { numRuns: 1_500 },
    );
  });

  it("makes no mark, and no code, of what stood around one", () => {
    const found = [
      ["<thi<s>nk>a", "<thi\n\nnk>a"],
      ["</[/TOOL_CALLS]~~~\n~~~\n<think>", "</\n\n~~~\n~~~"],
      ["``<s>`<think>`", "``\n\n`<think>`"],
      ["<<thought\n</tool_call>> ", "<<thought\n\n\n>"],
      ["(set by <s>the chat platform", "(set by \n\nthe chat platform"],
      ["[[tts:[INST]x]]", "[[tts:\n\nx]]"],
      [`a<think "<5 ${"<s>".repeat(200)}">x`, 'a<think "<5 \n\n">x'],
    ] as const;
    for (const [written, shown] of found) expect([written, filterBlock(written)]).toEqual([written, shown]);
  });

  it("shows nothing of a mark while it grows, nor of what it hides", () => {
    const marks = ["<think>secret</think>", "<tool_call name='secret'>secret</tool_call>", "[TOOL_CALLS]secret"];
    for (const mark of [...marks, "<|channel|>analysis<|message|>secret<|end|>", "[[reply_to:secret]]"])
      for (const screen of screens(`So far ${mark}`.split(""))) expect("So far").toContain(screen);
  });

  it("holds back no more than a mark can be long", () => {
    for (const start of ["<", "<think ", "[[tts:", "<|", "`", "[", "(set by the", "In the chat", "```"]) {
      const filter = new BlockFilter();
      const { text } = filter.append(start + "x".repeat(MARK_MAX + OUTPUT_BOUNDS.codeSpanMax));
      expect([start, text.slice(0, start.length)]).toEqual([start, start]);
    }
  });

  it("takes time in proportion to the text, also for one that is made to take more", () => {
    const hostile = [
      "<",
      "[",
      "`",
      "<|",
      "[[",
      "<think ",
      "`a``",
      "(set by ",
      "```\n",
      "<s>",
      "x</think>\n",
      "\n\n",
      "<t<s>",
      " ",
      '<think "',
      "](`",
      "<a =`",
      "> ```\n",
      "- a\n  ```\n",
      "\t`",
      '<think a="<',
      "</think> ",
    ];
    const start = performance.now();
    for (const piece of hostile) {
      const text = piece.repeat(100_000 / piece.length);
      expect(filterBlock(text).length).toBeLessThanOrEqual(2 * text.length);
    }
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("what is taken out", () => {
  const cases: Record<string, readonly (readonly [string, string])[]> = {
    "reasoning between tags": [
      ["<think>hm</think>Hello", "Hello"],
      ["Hi <THINKING effort='low'>a</Thinking> there", "Hi  there"],
      ["<reasoning>a<think>b</think>c</reasoning>Hello", "Hello"],
      ["<antThinking>a</antThinking>\n<scratchpad>b</scratchpad>\n<analysis>c</analysis>Hello", "Hello"],
      ["<thinking>a</thinking>Hello", "Hello"],
      ["<|begin_of_thought|>a<|end_of_thought|>Hello", "Hello"],
      ["[THINK]a[/THINK]Hello", "Hello"],
      ["<think>a<tool_call>b</think>Hello", "Hello"],
      ["<|channel>thought\na<channel|>Hello", "Hello"],
      ["<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>Hello<|END_RESPONSE|>", "Hello"],
      ["<|begin_of_thinking|>a<|end_of_thinking|>Hello", "Hello"],
      ["<think\u200b>a</think\u200b>Hello", "Hello"],
      ['<think about="a<b>c">d</think>Hello', "Hello"],
      ["Well<think>a</think>, hello<Thinking>b</Thinking>", "Well, hello"],
    ],
    "reasoning that is never closed, to the end of the block": [
      ["Hello <think>and then", "Hello"],
      ["<thought foo", "<thought foo"],
    ],
    "reasoning whose opening tag the model left out, once the answer follows": [
      ["I should greet.\n</think>\n\nHello", "Hello"],
      ["I should greet.</think>\nHello", "Hello"],
      ["Hello.\n</think>", ""],
      ["Hello.</think>", ""],
      ["I should greet.</think>\r\n\r\nHello", "Hello"],
      ["I should greet.\r\n</think>\r\nHello", "Hello"],
      ["I should greet.</think> \u00a0\u200b\nHello", "Hello"],
      ["The tag </think> ends it.", "The tag  ends it."],
    ],
    "tool calls as text": [
      ['Wait.<tool_call>{"name":"x"}</tool_call>', "Wait."],
      ['<function_calls><invoke name="x"><parameter name="y">z</parameter></invoke></function_calls>Done', "Done"],
      ['<function_calls><invoke name="x">z</invoke></function_calls>Done', "Done"],
      ["<function=read>{}</function>Done", "Done"],
      ["</tool_call>Done</invoke>", "Done"],
      ['<invoke name="x"/>Done', "Done"],
      ['<tool_call><invoke name="x"/>a</tool_call>Done', "Done"],
      ['[TOOL_CALLS][{"name":"x"}]', ""],
      ['[TOOL_REQUEST]{"name":"x"}[END_TOOL_REQUEST]Done', "Done"],
      ["<|tool_calls_section_begin|><|tool_call_begin|>x<|tool_call_end|><|tool_calls_section_end|>Done", "Done"],
      ["<｜tool▁calls▁begin｜>a<｜tool▁call▁begin｜>b<｜tool▁call▁end｜>c<｜tool▁calls▁end｜>Done", "Done"],
      ["<｜DSML｜function_calls>a</｜DSML｜function_calls>Done", "Done"],
      ["Wait. <|python_tag|>search()<|eom_id|>Done", "Wait. Done"],
      ["<|python_start|>search()<|python_end|>Done", "Done"],
      ['<TOOLCALL>[{"name":"x"}]</TOOLCALL>Done', "Done"],
      ['<|tool_call>call:read{path:<|"|>x<|"|>}<tool_call|>Done', "Done"],
      ["<|START_ACTION|>[]<|END_ACTION|>Done", "Done"],
      ["<tool_call><function>a</function>b</tool_call>Done", "Done"],
      ["<system-reminder>a</system-reminder>Done", "Done"],
    ],
    "special tokens, and channels that are not the answer's": [
      ["<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hello<|return|>", "Hello"],
      ["<|channel|>commentary to=functions.read <|constrain|>json<|message|>{}<|call|>", ""],
      ["<|channel|>analysis<|message|>a<|channel|>commentary<|message|>b<|end|>Hello", "Hello"],
      ["<|channel|>analysis<|message|>a<|start|>user<|message|>b<|end|>Hello", "Hello"],
      ["<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nAnd you?", "Hello"],
      ["Hello<|user|>And you?<|assistant|>", "Hello"],
      ["Hello<|end|>\n<|user|>\nAnd you?<|observation|>b", "Hello"],
      ["<|turn>model\nHello<turn|>\n<|turn>user\nAnd you?<turn|>", "Hello"],
      ["<s>[INST] <<SYS>><</SYS>>[/INST] Hello</s>", "Hello"],
      ["Hello<｜end▁of▁sentence｜>", "Hello"],
    ],
    directives: [
      ["[[reply_to_current]] Hello", "Hello"],
      ["[[reply_to: telegram:1:2]]Hello [[audio_as_voice]]", "Hello"],
      ["[[tts:cheerful]]Hello[[/tts]]", "Hello"],
    ],
    "signs for silence at either end": [
      ["NO_REPLY", ""],
      ["**no_reply**.", ""],
      ["Done.\n\nNO_REPLY", "Done."],
      ["HEARTBEAT_OK All is well.", "All is well."],
    ],
  };
  for (const [what, examples] of Object.entries(cases)) {
    it(what, () => {
      for (const [written, shown] of examples) {
        expect([written, filterBlock(written)]).toEqual([written, shown]);
        expect([written, screens(written.split("")).at(-1)]).toEqual([written, shown]);
      }
    });
  }

  it("blocks of our own prompt that the model repeats", () => {
    const attachments = [{ kind: "document", name: "n.txt", stored: { name: "a1", bytes: 4 } }];
    const said = { kind: "said", from: "Bob", text: "a secret", at: 0 } as const;
    const message = promptMessage("telegram:1", "", {
      attachments,
      context: [said],
      sender: { id: "42", name: "a secret" },
    });
    const setting = { place: { channel: "telegram", chatKind: "group" }, timezone: "UTC" } as const;
    const { content } = inboundMessage(message, setting, [{ kind: "text", text: "a secret" }]);
    if (typeof content === "string") throw new Error("not blocks");
    const blocks = content.flatMap((block) => (block.type === "text" ? [block.text] : []));
    expect(blocks).toHaveLength(3);
    for (const block of [...blocks, blocks.join("\n"), blocks.join("\n").replaceAll(/^/gm, "> ")])
      for (const screen of screens(`Well.\n${block}\nHello`.split(""))) expect(screen).not.toContain("secret");
    for (const block of [...blocks, blocks.join("\n")]) expect(filterBlock(`${block}\nHello`)).toBe("Hello");
    expect(filterBlock("See (set by the chat platform; no):\nHello")).toBe("See \nHello");
  });
});

describe("what stays as it is written", () => {
  const kept = [
    "Use `<think>` and `</think>`, or ``<tool_call>`x` ``.",
    "```xml\n<think>hm</think>\n[[reply_to_current]] NO_REPLY\n```\nThat is all.",
    "> ~~~\n> <s>[INST]\n> ~~~\n\nYes.",
    "~~~ ~~~\n<think>\n~~~",
    "- Do this:\n  ```\n  <think>\n\n    <s>\n  ```\n- and `<think>` that:\n    ```\n    <think>\n    ```",
    "> - ```\n>   <think>\n>\n>   ```\n> and `<s>`",
    "Text\n   ```\n<think>\n  ```\n[a](b) `<think>` <http://c> `<s>` <!-- d --> `<s>`",
    "1. ```\n   <|im_end|>\n   ```",
    "```\n<think> in a block that is never closed",
    "I was thinking about reasoning and analysis.",
    "`a < b` and a < b, b > c, a <b> c</b>, <T>(x: T) => x, Map<string, Thought>, x <- y, <!-- no -->",
    "List<Function>, Array<Thought> and IEnumerable<Parameter> hold them: tool call <function> <invoke> <parameters>",
    "<thinker>, <s-box>, <parametric>, <i>it</i>, <analysis, or not",
    "[[Page]], [[1, 2], [3]], [ -f x ] && [[ -n $y ]], [INSTALL], [TODO] [text](https://example.org/)",
    "a | b <| c |> d, 1 << 2, <<EOF, (set by hand), In the chat we said: A b",
    "The sign NO_REPLY is for groups, HEARTBEAT_OK for heartbeats, as in `NO_REPLY`",
    'NO, No. NO_REPLYING, "NO_REPLY" it is',
    "a lone ` and <b>then</b> nothing",
  ];
  for (const text of kept) {
    it(text.slice(0, 60).replaceAll("\n", " "), () => {
      expect(filterBlock(text)).toBe(text);
    });
  }

  it("is not code after a backtick that has no partner", () => {
    expect(filterBlock("It's ` a <think>secret</think> tick")).toBe("It's ` a  tick");
    expect(filterBlock("A ` here\n\n<think>secret</think> and ` there")).toBe("A ` here\n\n and ` there");
    expect(filterBlock("A \\`<think>secret</think>`")).toBe("A \\`\n\n`");
    expect(filterBlock("```<think>secret</think>\nx\n```")).toBe("```\nx\n```");
  });
});

describe("what looks like code and is none in the chat", () => {
  const cases: Record<string, readonly string[]> = {
    "ends with the quote or the item of a list that it stands in": [
      "> ```\n> x\n\n<think>secret</think>\nHello",
      "> ```\n> x\n<think>secret</think>\nHello",
      "> ~~~\n> x\n\n<think>secret</think>\nHello",
      "1. Do this:\n   ```\n   x\n\nThen:\n\n<think>secret</think>\nHello",
      "- ```\n  x\n\n<think>secret</think>\nHello",
      "- the ` key\n- <think>secret</think> the ` key again",
      "Press `\n> <think>secret</think> then ` again",
      "Press `\n# Next\n<think>secret</think> then ` again",
      "| ` | b |\n|---|---|\n| <think>secret</think> | ` |",
    ],
    "ends neither deeper than it began, nor in a quote that it does not stand in": [
      "```\nx\n    ```\n```\n<think>secret</think>\n```",
      "```\nx\n> ```\n```\n<think>secret</think>\n```",
      "1. a\n   ```\nx\n   ```\n<think>secret</think>\n   ```",
      "1. a\n   ```\n    ```\n```\n<think>secret</think>\n```",
    ],
    "does not begin behind an indent of four": ["Look:\n\n    ```\n\n<think>secret</think>\nHello"],
    "does not begin in a line of words, nor in links and tags and comments": [
      "Press ` now\n```\nx\n```\n<think>secret</think> and ` there",
      "say ```x and\n<think>secret</think> ``` done",
      "<!-- ` --> <think>secret</think> `x",
      "[a](http://x/`) <think>secret</think> [b](http://x/`)",
      "<http://x/`> <think>secret</think> <http://y/`>",
      '<a href="`"> <think>secret</think> `',
    ],
  };
  for (const [what, texts] of Object.entries(cases)) {
    it(what, () => {
      for (const text of texts) {
        expect(filterBlock(text)).not.toContain("secret");
        for (const screen of screens(text.split(""))) expect(screen).not.toContain("secret");
      }
    });
  }
});

describe("labels and names", () => {
  it("are one line without marks", () => {
    expect(cleanLine(" <think>a</think>Yes,\n please [[audio_as_voice]]")).toBe("Yes, please");
    expect(cleanLine("<tool_call>")).toBe("");
    expect(cleanLine("Hm.\n</think>\nYes,\nplease")).toBe("Yes, please");
    expect(cleanLine("Y\u0000es \u202eon\u202c")).toBe("Yes on");
    expect(cleanLine("<th\u200eink>a</think>\u2066")).toBe("");
    expect(cleanFileName("invoice\u202efdp.exe\u0007")).toBe("invoicefdp.exe");
    expect(cleanFileName("plan <s>b.md")).toBe("plan b.md");
    expect(cleanFileName("[TOOL_CALLS]x.pdf")).toBe("file.pdf");
    expect(cleanFileName(".env")).toBe(".env");
    expect(cleanFileName("notes")).toBe("notes");
  });
});
