/** Markdown that models and hostile people write, as fast-check arbitraries, and what a reader sees of Markdown. */
import fc from "fast-check";
import type { Nodes } from "mdast";
import { parseMarkdown } from "../../../worker/channels/text/markdown.ts";

const words = fc.oneof(
  fc.constantFrom(
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "1.",
    "-",
    "#",
    ">",
    "a_b",
    "2*3",
    "x<y",
    "&amp;",
    "`",
    "**",
    "~~",
    "[",
  ),
  fc.constantFrom(
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "e\u0301",
    "שלום",
    "مرحبا",
    "中文字",
    "https://example.org/a?b=1&c=2",
    "@name",
    "www.example.org",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
);
const sentence = fc.array(words, { minLength: 1, maxLength: 12 }).map((list) => `${list.join(" ")}.`);
const styled = fc
  .tuple(fc.constantFrom("**", "*", "_", "~~", "`", "***"), sentence)
  .map(([mark, text]) => mark + text + mark);
const link = fc
  .tuple(
    sentence,
    fc.constantFrom("https://x.y/z", "javascript:alert(1)", "./relative", "mailto:a@b.c", 'http://a/"b"'),
  )
  .map(([text, url]) => `[${text}](${url})`);
const inline = fc.array(fc.oneof(sentence, styled, link, fc.constant("<b>raw</b>"), fc.constant("<tag")), {
  minLength: 1,
  maxLength: 5,
});
const paragraph = inline.map((pieces) => pieces.join(" "));
const fence = fc
  .tuple(
    fc.constantFrom("```", "~~~", "````"),
    fc.constantFrom("", "js", "c++ title=x"),
    fc.array(sentence, { maxLength: 12 }),
    fc.boolean(),
  )
  .map(([mark, info, lines, isClosed]) => [mark + info, ...lines, ...(isClosed ? [mark] : [])].join("\n"));
const table = fc
  .array(fc.tuple(sentence, sentence), { minLength: 1, maxLength: 6 })
  .map((rows) => ["| a | b |", "|---|:-:|", ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join("\n"));
const indented = (text: string, indent: string) => text.split("\n").join(`\n${indent}`);
const { block } = fc.letrec<{ block: string }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    paragraph,
    fence,
    table,
    sentence.map((text) => `## ${text}`),
    fc.constant("---"),
    fc
      .array(tie("block"), { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item) => `- ${indented(item, "  ")}`).join("\n")),
    fc
      .array(tie("block"), { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item) => `1. ${indented(item, "   ")}`).join("\n")),
    tie("block").map((text) => `> ${indented(text, "> ")}`),
    sentence.map((text) => `- [x] ${text}\n- [ ] open`),
  ),
}));

/** Documents made of headings, lists, quotes, tables and code, with every kind of character in them. */
export const documents = fc.array(block, { minLength: 1, maxLength: 5 }).map((blocks) => blocks.join("\n\n"));
/** Anything at all: marks of every kind in random order. */
export const soup = fc
  .array(
    fc.oneof(
      words,
      fc.constantFrom(
        "\n",
        "\n\n",
        "```",
        "```js\n",
        "> ",
        "- ",
        "| ",
        "    ",
        "<",
        "](",
        ")",
        "\\",
        "\u0000",
        "\ud83d",
        "\r\n",
        "\t",
      ),
    ),
    { maxLength: 120 },
  )
  .map((pieces) => pieces.join(""));

/** What a reader sees: texts and code in order, without any white space. */
export function visibleText(markdown: string): string {
  const root = parseMarkdown(markdown);
  return (root ? textOf(root) : markdown).replace(/\s+/gu, "");
}

function textOf(node: Nodes): string {
  if ("value" in node) return node.value;
  if ("children" in node) return node.children.map(textOf).join(" ");
  return "alt" in node ? (node.alt ?? "") : "";
}

/** Whether all characters of `part` occur in `whole` in the same order. */
export function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of part) {
    at = whole.indexOf(character, at);
    if (at < 0) return false;
    at += character.length;
  }
  return true;
}
