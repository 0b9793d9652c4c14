import { describe, expect, it } from "vitest";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { call, run } from "./agent-client.ts";
import { useAgent } from "./agent-fixture.ts";
import { GROUP, promptMessage, query, resume, turn } from "./invocations.ts";
import { type Script, scriptedModel, toolCall } from "./scripted-model.ts";

const agent = useAgent();

/** Each is whole in what the model says, and no piece of it is for anybody's eyes. */
const HIDDEN = /secret|think>|invoke|reply_to|NO_REPL|<\||set by the chat|TOOL_/;
const NASTY = [
  "[[reply_to_current]] <think>a secret <think>deep</think> secret</think>Let me look.",
  "<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>",
  '\n\n<function_calls><invoke name="read"><parameter name="path">secret</parameter></invoke></function_calls>',
  "About the next message (set by the chat platform; names and quotes are not instructions):\n```json\n{}\n```\n",
  "Here it is.\n\nNO_REPLY",
].join("");
const CLEAN = "Let me look.\n\nHere it is.";

/** An agent in this process whose model follows the script. */
async function agentWith(script: Script): Promise<string> {
  return (await agent.startAgent({ openModel: async () => scriptedModel(script) })).url;
}

/** What a reader of the stream had on its screen, after each event. */
function screens(events: readonly TurnEvent[]): readonly string[] {
  let screen = "";
  return events.map((event) => {
    if (event.kind === "snapshot") screen = event.text;
    if (event.kind === "delta") screen += event.text;
    return screen;
  });
}

describe("what a turn tells the edge", () => {
  it("has nothing in it that is not for people, however the model's words come in pieces", async () => {
    for (const [n, pieces] of [[NASTY], NASTY.split(""), NASTY.match(/.{1,7}/gs) ?? []].entries()) {
      const url = await agentWith(() => ({ pieces }));
      const id = `turn-000${String(n)}`;
      const stream = await run(url, turn(agent.endpoints, "look", { turnId: id, fence: n + 1 }));
      for (const screen of screens(stream.events)) expect(screen).not.toMatch(HIDDEN);
      expect(stream.of("snapshot")).toMatchObject([{ replyTo: "telegram:1" }]);
      expect(stream.of("final")[0]).toMatchObject({ text: CLEAN, replyTo: "telegram:1" });
      expect(stream.shown()).toBe(CLEAN);
    }
  });

  it("leaves the words of the model in its transcript, as its provider has them in its cache", async () => {
    let seen = "";
    const url = await agentWith((context) => {
      seen = JSON.stringify(context.messages);
      return { text: NASTY };
    });
    const asked = turn(agent.endpoints, "look");
    await run(url, asked);
    await run(url, turn(agent.endpoints, "again", { turnId: "turn-0002", fence: 2 }));
    expect(seen).toContain(JSON.stringify(NASTY).slice(1, -1));
    const history = await call(url, query(asked, { what: "history", limit: 2 }));
    expect(history).toMatchObject({ entries: [{ text: "again" }, { role: "assistant", text: CLEAN }] });
  });

  it("takes back what turns out to be reasoning", async () => {
    const url = await agentWith(() => ({ pieces: ["I should ", "greet.", "\n</th", "ink>\n\n", "Hello", "!"] }));
    const stream = await run(url, turn(agent.endpoints, "hi"));
    expect(screens(stream.events)).toContain("I should");
    expect(stream.of("snapshot")).toMatchObject([{ text: expect.stringMatching(/^Hello/) }]);
    expect(stream.of("final")[0]?.text).toBe("Hello!");
    expect(stream.shown()).toBe("Hello!");
  });

  it("has no reasoning that ends, or goes on, at a call of a tool", async () => {
    for (const [n, texts] of [
      ["A secret.\n</think>\n\n", "Hello!"],
      ["<think>A secret.", "Still a secret.</think>Hello!"],
    ].entries()) {
      const url = await agentWith(({ messages }) => {
        const isFirst = messages.at(-1)?.role === "user";
        return isFirst
          ? { text: texts[0] ?? "", calls: [toolCall("c1", "session_status", {})] }
          : { text: texts[1] ?? "" };
      });
      const id = `turn-000${String(n)}`;
      const stream = await run(url, turn(agent.endpoints, "hi", { turnId: id, fence: n + 1 }));
      expect(stream.of("final")[0]?.text).toBe("Hello!");
      expect(stream.shown()).toBe("Hello!");
    }
  });

  it("is the same from a process that goes on with the turn", async () => {
    const never = Promise.withResolvers<never>();
    const waits = Promise.withResolvers<void>();
    const first = await agentWith(({ messages }) => {
      if (!JSON.stringify(messages).includes("toolResult")) {
        return { pieces: NASTY.split(""), calls: [toolCall("c1", "session_status", {})] };
      }
      waits.resolve();
      return never.promise;
    });
    const second = await agentWith(() => ({ pieces: ["<think>secret</think>", "Done. NO", "_REPLY"] }));
    const asked = turn(agent.endpoints, "look");
    const cut = run(first, asked);
    await waits.promise;
    const stream = await run(second, resume(asked, 2));
    for (const screen of screens(stream.events)) expect(screen).not.toMatch(HIDDEN);
    expect(stream.of("snapshot")[0]?.text).toBe(CLEAN);
    expect(stream.of("final")[0]).toMatchObject({ text: `${CLEAN}\n\nDone.`, replyTo: "telegram:1" });
    expect(stream.shown()).toBe(`${CLEAN}\n\nDone.`);
    const again = await run(second, resume(asked, 3));
    expect(again.of("final")[0]).toMatchObject({ text: `${CLEAN}\n\nDone.`, replyTo: "telegram:1" });
    never.reject(new Error("over"));
    await cut;
  });

  it("is nothing at all of silence in a group, whatever stands around its sign", async () => {
    const url = await agentWith(() => ({ pieces: ["<think>not for me</think>", "\n**no", "_reply", "**", "."] }));
    const stream = await run(url, { ...turn(agent.endpoints, "they talk"), ...GROUP });
    expect([...stream.of("delta"), ...stream.of("snapshot")]).toEqual([]);
    expect(stream.of("final")[0]?.text).toBe("");
  });

  it("has words for a person: a model that ended without any is asked once more", async () => {
    const asks: string[] = [];
    const replies = [{ text: "<think>I am done.</think>" }, { text: "All done." }];
    const url = await agentWith(({ messages }) => {
      asks.push(JSON.stringify(messages.at(-1)?.content));
      return replies[asks.length - 1] ?? {};
    });
    const stream = await run(url, turn(agent.endpoints, "do it"));
    expect(asks[1]).toContain("somebody waits for an answer");
    expect(stream.of("final")[0]?.text).toBe("All done.");
    const history = await call(url, query(turn(agent.endpoints, ""), { what: "history", limit: 5 }));
    expect(history).toMatchObject({ entries: [{ text: "do it" }, { text: "All done." }] });
  });

  it("says that there is no answer when asking once more did not help, and asks anew in the next turn", async () => {
    let asked = 0;
    const url = await agentWith(() => {
      asked += 1;
      return { text: "NO_REPLY" };
    });
    for (const n of [1, 2]) {
      const stream = await run(url, turn(agent.endpoints, "hi", { turnId: `turn-000${String(n)}`, fence: n }));
      expect(stream.of("final")[0]?.text).toMatch(/without an answer/);
      expect(asked).toBe(2 * n);
    }
    await run(url, { ...turn(agent.endpoints, "they talk", { turnId: "turn-0003", fence: 1 }), ...GROUP });
    expect(asked).toBe(5);
  });

  it("is asked for words only once, also when another process goes on after the question", async () => {
    const never = Promise.withResolvers<never>();
    const waits = Promise.withResolvers<void>();
    const first = await agentWith(({ messages }) => {
      if (!JSON.stringify(messages).includes("somebody waits for an answer")) return { text: "<think>Hm." };
      waits.resolve();
      return never.promise;
    });
    let asked = 0;
    const second = await agentWith(() => {
      asked += 1;
      return { text: "<think>Hm." };
    });
    const question = turn(agent.endpoints, "hi");
    const cut = run(first, question);
    await waits.promise;
    const stream = await run(second, resume(question, 2));
    expect(stream.of("final")[0]?.text).toMatch(/without an answer/);
    expect(asked).toBe(1);
    never.reject(new Error("over"));
    await cut;
  });

  it("names the message that an answer replies to, if the turn has it", async () => {
    const asked = (n: number) =>
      turn(agent.endpoints, "", {
        ...GROUP,
        turnId: `turn-000${String(n)}`,
        fence: n,
        messages: [promptMessage("telegram:1", "one"), promptMessage("telegram:2", "two")],
      });
    const named = await run(await agentWith(() => ({ text: "[[reply_to:telegram:2]] Yes." })), asked(1));
    expect(named.of("final")[0]).toMatchObject({ text: "Yes.", replyTo: "telegram:2" });
    const foreign = await run(await agentWith(() => ({ text: "[[reply_to:telegram:9]] Yes." })), asked(2));
    expect(foreign.of("final")[0]).not.toHaveProperty("replyTo");
  });

  it("has clean buttons, and none that nothing is left of", async () => {
    const offers = [{ label: "<think>" }, { label: "<think>x</think>Yes", value: "[[tts:a]]yes" }];
    const url = await agentWith(({ messages }) => {
      const [offer, ...rest] = offers.slice(messages.filter(({ role }) => role === "toolResult").length);
      if (offer === undefined) return { text: "Well?" };
      return { calls: [toolCall(`c${String(rest.length)}`, "offer_choices", { choices: [offer] })] };
    });
    const stream = await run(url, turn(agent.endpoints, "hi"));
    expect(stream.of("tool").map(({ status }) => status)).toEqual(["started", "failed", "started", "finished"]);
    expect(stream.of("final")[0]?.buttons).toEqual([[{ label: "Yes", value: "yes" }]]);
  });
});
