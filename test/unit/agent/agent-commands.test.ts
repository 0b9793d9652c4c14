import { afterEach, describe, expect, it } from "vitest";
import { type CountingOptions } from "./counting-model.ts";
import { resume } from "./invocations.ts";
import { chatter, endOf, type Said, SmallTalk } from "./small-talk.ts";
import { smallTurn, WINDOW_TOKENS } from "./small-window.ts";

const COMPACT: Said = { command: "compact" };
const FACT = "The code of shed is K-17";

const talks: SmallTalk[] = [];
async function open(options: Partial<CountingOptions> = {}): Promise<SmallTalk> {
  const talk = await SmallTalk.open(options);
  talks.push(talk);
  return talk;
}
afterEach(async () => {
  for (const talk of talks.splice(0)) await talk.agents.close();
});

const textsOf = (lives: Awaited<ReturnType<SmallTalk["say"]>>) =>
  lives.map(endOf).map((end) => (end?.kind === "final" ? end.text : end?.kind));

describe("/compact", () => {
  it("sums up what was said, after notes were taken, and says in a line what that brought", async () => {
    const talk = await open();
    const [, , compacted] = await talk.say(`${FACT}. ${chatter(20_000)}`, chatter(8_000), COMPACT);
    expect(textsOf(compacted ? [compacted] : [])[0]).toMatch(
      /^🧹 Summed up: about \d{1,2},\d00 tokens before, \d,\d00 now\.$/u,
    );
    expect(endOf(compacted)).toMatchObject({ consumed: ["telegram:3"], context: { compactions: 1 } });
    expect(talk.model.asks.map(({ kind }) => kind)).toEqual(["step", "step", "notes", "summary"]);
    expect(await talk.timesNoted([FACT])).toEqual([1]);
    const [next] = await talk.say("Which code?");
    expect(endOf(next)).toMatchObject({ kind: "final", context: { compactions: 1, windowTokens: WINDOW_TOKENS } });
    // What was summed up is not taken for what is left: nothing is summed up again.
    expect(talk.model.asks.map(({ kind }) => kind).slice(4)).toEqual(["step"]);
    expect(talk.model.asks.at(-1)?.text).toContain(FACT);
    expect(talk.model.asks.at(-1)?.text).not.toContain("/compact");
  });

  it("answers in German where German is spoken", async () => {
    const talk = await open();
    const german = (said: Said) => {
      const asked = talk.turn(said);
      return { ...asked, settings: { ...asked.settings, language: "de" as const } };
    };
    const context: Said = { command: "context", rest: "list" };
    const turns = [COMPACT, chatter(9_000), chatter(9_000), COMPACT, context].map(german);
    const texts = textsOf(await talk.agents.liveOn(turns, undefined));
    expect(texts[0]).toBe("Es gibt noch nichts zusammenzufassen: Was zuletzt gesagt wurde, bleibt, wie es ist.");
    expect(texts[3]).toMatch(/^🧹 Zusammengefasst: vorher etwa \d\.\d00 Tokens, jetzt [\d.]+\.$/u);
    expect(texts[4]).toMatch(/^\*\*Kontext:\*\* etwa [\d.]+ von 32\.768 Tokens/);
    expect(texts[4]).toMatch(/- 1 Mal zusammengefasst; die Zusammenfassung hat \d+ Zeichen/);
  });

  it("tells the model what the person wants to be looked at", async () => {
    const talk = await open();
    await talk.say(chatter(8_000), chatter(8_000), { command: "compact", rest: "above all the roses" });
    const summary = talk.model.asks.find(({ kind }) => kind === "summary");
    expect(summary?.text).toContain("The person asks for this: above all the roses");
  });

  it("says so when there is nothing to sum up, in an empty conversation and after two words", async () => {
    const talk = await open();
    expect(textsOf(await talk.say(COMPACT, "Hello.", COMPACT))).toEqual([
      "There is nothing to sum up yet: what was said last stays as it is.",
      "I see.",
      "There is nothing to sum up yet: what was said last stays as it is.",
    ]);
    expect(talk.model.asks.map(({ kind }) => kind)).toEqual(["step"]);
  });

  it("says plainly that it did not work, and leaves everything as it is", async () => {
    let isBroken = false;
    const before: CountingOptions["before"] = (kind) => {
      if (isBroken && kind === "summary") throw new Error("401 invalid x-api-key");
    };
    const talk = await open({ before });
    await talk.say(`${FACT}. ${chatter(9_000)}`, chatter(9_000));
    isBroken = true;
    expect(textsOf(await talk.say(COMPACT))[0]).toMatch(/^I could not sum up this conversation just now/);
    isBroken = false;
    await talk.say("Hello?");
    expect(talk.model.asks.at(-1)?.text).toContain(`${FACT}. We talked`);
    // The notes were taken; the summary that works at last takes none of the same again.
    expect(textsOf(await talk.say(COMPACT))[0]).toContain("Summed up");
    expect(await talk.timesNoted([FACT])).toEqual([1]);
  });

  it("is answered alike when it is asked for again, without a call of the model", async () => {
    const talk = await open();
    const lives = await talk.say(chatter(9_000), chatter(9_000), COMPACT);
    const asked = smallTurn({ blobs: talk.agents.blobs.url }, 3, COMPACT);
    const calls = talk.model.asks.length;
    const again = await talk.agents.live(resume(asked, 4));
    expect(textsOf([again])).toEqual(textsOf(lives.slice(2)));
    expect(talk.model.asks).toHaveLength(calls);
  });
});

describe("/context", () => {
  it("shows what the model is given, without asking it", async () => {
    const talk = await open();
    const [, shown] = await talk.say("Hello.", { command: "context" });
    const text = textsOf(shown ? [shown] : [])[0] ?? "";
    expect(text).toMatch(/^\*\*Context:\*\* about [\d,]+ of 32,768 tokens \(\d+ %\)$/m);
    expect(text).toMatch(/^ {2}- AGENTS\.md: \d,\d{3} characters$/m);
    expect(text).toMatch(/^- Messages: 1, \d+ characters$/m);
    expect(text).toMatch(/^- Answers and calls: 1, 6 characters$/m);
    expect(text).toContain("- Not summed up so far");
    expect(text).not.toContain("session_status");
    expect(talk.model.asks).toHaveLength(1);
  });

  it("shows each tool, and the summary, in detail", async () => {
    const talk = await open();
    const lives = await talk.say(chatter(9_000), chatter(9_000), COMPACT, { command: "context", rest: "detail" });
    const text = textsOf(lives.slice(3))[0];
    expect(text).toMatch(/^ {2}- session_status: \d+ characters$/m);
    expect(text).toMatch(/^- Summed up once; the summary has \d+ characters$/m);
  });

  it("gives all of it as JSON", async () => {
    const talk = await open();
    const [, shown] = await talk.say("Hello.", { command: "context", rest: " JSON" });
    const block = /^```json\n(?<json>.*)\n```$/s.exec(textsOf(shown ? [shown] : [])[0] ?? "");
    expect(JSON.parse(block?.groups?.["json"] ?? "")).toMatchObject({
      windowTokens: WINDOW_TOKENS,
      compactions: 0,
      conversation: { messages: { count: 1 }, answers: { count: 1, chars: 6 }, toolResults: { count: 0 } },
    });
  });

  it("answers nothing that is still to be answered", async () => {
    let isBroken = true;
    const before: CountingOptions["before"] = () => {
      if (isBroken) throw new Error("401 invalid x-api-key");
    };
    const talk = await open({ before });
    const [failed] = await talk.say("Remember the milk.", { command: "context" });
    expect(endOf(failed)).toMatchObject({ kind: "error" });
    isBroken = false;
    const asked = smallTurn({ blobs: talk.agents.blobs.url }, 3, "");
    const first = smallTurn({ blobs: "" }, 1, "Remember the milk.");
    await talk.agents.live({ ...asked, messages: first.messages });
    const request = talk.model.asks.at(-1)?.text ?? "";
    expect(request.split("Remember the milk.")).toHaveLength(2);
    expect(request).toContain("Its words are already above");
  });
});
