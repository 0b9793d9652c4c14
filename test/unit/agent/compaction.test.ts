import { afterEach, describe, expect, it } from "vitest";
import { COMPACTION_BOUNDS } from "../../../agent-container/src/agent/compaction/bounds.ts";
import { formatMinute } from "../../../agent-container/src/agent/local-time.ts";
import type { CountingOptions } from "./counting-model.ts";
import { abort, GROUP } from "./invocations.ts";
import { type Reply, toolCall } from "./scripted-model.ts";
import { chatter, endOf, type Said, SmallTalk } from "./small-talk.ts";
import { WINDOW_TOKENS } from "./small-window.ts";

const FACTS = ["The code of shed is K-17", "The code of barn is K-18"];
/** More than a window of 32k tokens leaves without its reserve, in three messages. */
const LONG = FACTS.map((fact) => `${chatter(40_000)} ${fact}.`);

const talks: SmallTalk[] = [];
async function open(options: Partial<CountingOptions> = {}): Promise<SmallTalk> {
  const talk = await SmallTalk.open(options);
  talks.push(talk);
  return talk;
}
afterEach(async () => {
  for (const talk of talks.splice(0)) await talk.agents.close();
});

describe("a conversation that fills its window", () => {
  it("is summed up before there is no room, after notes were taken, and goes on", async () => {
    const talk = await open();
    const lives = await talk.say(...LONG, chatter(20_000), "Which codes?");
    expect(lives.map(endOf).map((end) => end?.kind)).toEqual(["final", "final", "final", "final"]);
    expect(talk.compactions).toBe(1);
    expect(talk.model.asks.map(({ kind }) => kind).join(" ")).toMatch(/^step step (?:notes )+(?:summary )+step step$/);
    expect(await talk.timesNoted(FACTS)).toEqual([1, 1]);
    const request = talk.model.asks.at(-1)?.text ?? "";
    expect(FACTS.filter((fact) => !request.includes(fact))).toEqual([]);
    expect(await talk.notes()).not.toContain("NO_REPLY");
  });

  it("tells what notes and summary have cost with the turn, and shows nothing of them", async () => {
    const talk = await open();
    const [, , third] = await talk.say(...LONG, chatter(20_000));
    const used = third?.events.filter((event) => event.kind === "usage").map(({ usage }) => usage.inputTokens);
    expect(used).toEqual(talk.model.asks.slice(2).map(({ tokens }) => tokens));
    const shown = JSON.stringify(third?.events.filter(({ kind }) => kind !== "usage"));
    expect(shown).not.toContain("The code of");
    expect(shown).not.toContain("## Goal");
  });

  it("says with each answer how full it is", async () => {
    const talk = await open();
    const lives = await talk.say(...LONG, chatter(20_000));
    const uses = lives.map(endOf).map((end) => (end?.kind === "final" ? end.context : undefined));
    const steps = talk.model.asks.filter(({ kind }) => kind === "step").map(({ tokens }) => tokens);
    expect(uses).toEqual([
      { tokens: steps[0], windowTokens: WINDOW_TOKENS, compactions: 0 },
      { tokens: steps[1], windowTokens: WINDOW_TOKENS, compactions: 0 },
      { tokens: steps[2], windowTokens: WINDOW_TOKENS, compactions: 1 },
    ]);
  });
});

describe("a summary that is longer than what it sums up", () => {
  it("is not taken while there is another way", async () => {
    const talk = await open({ rambling: chatter(100_000) });
    const lives = await talk.say(...LONG, chatter(20_000), "Which codes?");
    expect(lives.map(endOf).map((end) => end?.kind)).toEqual(lives.map(() => "final"));
    expect(talk.model.count("summary")).toBeGreaterThan(0);
    expect(talk.compactions).toBe(0);
  });
});

describe("a window that is full of prompt and tools alone", () => {
  it("is not a reason for a summary at each turn", async () => {
    const talk = await open({ answer: () => ({ text: "I see.", tokens: 31_000 }) });
    const lives = await talk.say(...Array.from({ length: 10 }, () => chatter(700)));
    expect(lives.map(endOf).map((end) => end?.kind)).toEqual(lives.map(() => "final"));
    expect(talk.compactions).toBeGreaterThan(0);
    expect(talk.compactions).toBeLessThan(5);
  });
});

describe("a model that counts more tokens than expected and refuses the request", () => {
  /** As many tokens as Chinese has; nothing says so before the refusal. */
  const dense = { charsPerToken: 1.5, answer: () => ({ text: "I see.", tokens: 0 }) };

  it("is asked again with a summary, after notes were taken", async () => {
    const talk = await open(dense);
    const told = FACTS.map((fact) => `${fact}. ${chatter(14_000)}`);
    const lives = await talk.say(...told, chatter(14_000), chatter(14_000), "Which codes?");
    expect(lives.map(endOf).map((end) => end?.kind)).toEqual(lives.map(() => "final"));
    expect(talk.compactions).toBe(1);
    const kinds = talk.model.asks.map(({ kind }) => kind).join(" ");
    expect(kinds).toMatch(/(?:step )+(?:notes )+(?:summary )+step/);
    expect(await talk.timesNoted(FACTS)).toEqual([1, 1]);
    expect(FACTS.filter((fact) => !talk.model.asks.at(-1)?.text.includes(fact))).toEqual([]);
  });

  it("is shown the newest message cut when that alone is too much", async () => {
    const talk = await open(dense);
    const [life] = await talk.say(`${FACTS.join(" ")} ${chatter(90_000)}`);
    expect(endOf(life)).toMatchObject({ kind: "final", text: "I see.", context: { compactions: 0 } });
    expect(talk.model.asks.at(-1)?.text).toContain(FACTS[0]);
  });

  it("gets the newer half of what was said when even a summary does not make the request short enough", async () => {
    let isFull = false;
    const before: CountingOptions["before"] = (kind) => {
      const messages = talk.model.asks.at(-1)?.text.split("About the next message").length ?? 0;
      if (isFull && kind === "step" && messages > 4) throw new Error("prompt is too long");
    };
    const talk = await open({ before });
    await talk.say(...Array.from({ length: 12 }, () => chatter(100)));
    isFull = true;
    const [life] = await talk.say("Are you there?");
    expect(endOf(life)).toMatchObject({ kind: "final", text: "I see.", context: { compactions: 1 } });
    const request = talk.model.asks.at(-1)?.text;
    expect(request).toContain("Are you there?");
    expect(request).toContain("Messages are left out here");
    expect(request).toContain("<summary>");
  });

  it("ends the turn in plain words when nothing helps, and the conversation is still there", async () => {
    let isBroken = false;
    const before: CountingOptions["before"] = () => {
      if (isBroken) throw new Error("prompt is too long");
    };
    const talk = await open({ before });
    await talk.say(...FACTS);
    isBroken = true;
    const [life] = await talk.say("Hello?");
    expect(endOf(life)).toMatchObject({ kind: "error", code: "model_failed" });
    expect(JSON.stringify(endOf(life))).toMatch(/too long|more than it can take in/);
    expect(talk.model.asks.length).toBeLessThan(60);
    isBroken = false;
    await talk.say("And now?");
    expect(talk.model.asks.at(-1)?.text).toContain(FACTS[0]);
  });
});

describe("a message that a failed turn took in and the next one is to answer", () => {
  it("keeps its words when the conversation is summed up in that turn", async () => {
    let isBroken = false;
    const talk = await open({
      charsPerToken: 1.5,
      answer: () => ({ text: "I see.", tokens: 0 }),
      before: (kind) => {
        if (isBroken && kind === "step") throw new Error("401 invalid x-api-key");
      },
    });
    await talk.say(chatter(14_000), chatter(10_000));
    isBroken = true;
    const asked = talk.turn(`Translate "hedgehog" into French. ${chatter(24_000)}`);
    await talk.agents.liveOn([asked], undefined);
    isBroken = false;
    const [life] = await talk.agents.liveOn([{ ...talk.turn(""), messages: asked.messages }], undefined);
    expect(endOf(life)).toMatchObject({ kind: "final", context: { compactions: 1 } });
    const request = talk.model.asks.at(-1)?.text ?? "";
    expect(request.split("hedgehog")).toHaveLength(2);
    expect(request).not.toContain("words are already above");
  });
});

describe("notes that cannot be taken", () => {
  it("put a summary off that is only due soon, so often and no oftener", async () => {
    const before: CountingOptions["before"] = (kind) => {
      if (kind === "notes") throw new Error("400 invalid request");
    };
    const talk = await open({ before });
    const lives = await talk.say(...LONG, chatter(17_000), "one", "two", "three", "four");
    expect(lives.map(endOf).map((end) => end?.kind)).toEqual(lives.map(() => "final"));
    const kinds = talk.model.asks.map(({ kind }) => kind);
    expect(kinds.slice(0, kinds.indexOf("summary")).filter((kind) => kind === "notes").length).toBeGreaterThan(
      COMPACTION_BOUNDS.putOffsMax,
    );
    expect(talk.compactions).toBe(1);
  });

  it("do not cost the answer when the model has refused the request for its length", async () => {
    const before: CountingOptions["before"] = (kind) => {
      if (kind === "notes") throw new Error("400 invalid request");
    };
    const talk = await open({ before, charsPerToken: 1.5, answer: () => ({ text: "I see.", tokens: 0 }) });
    const lives = await talk.say(chatter(20_000), chatter(20_000), chatter(20_000));
    expect(lives.map(endOf).map((end) => end?.kind)).toEqual(["final", "final", "final"]);
    expect(talk.compactions).toBe(1);
  });
});

describe("notes that were taken for a summary that failed", () => {
  it("are not taken again when a later one sums up less", async () => {
    let isBroken = true;
    const talk = await open({
      charsPerToken: 1.5,
      answer: () => ({ text: "I see.", tokens: 0 }),
      before: (kind) => {
        if (isBroken && kind === "summary") throw new Error("400 invalid request");
      },
    });
    const facts = Array.from({ length: 8 }, (_, n) => `The code of box${String(n)} is B-${String(n)}`);
    await talk.say(...facts.map((fact) => `${fact}. ${chatter(6_800)}`));
    expect(talk.compactions).toBe(0);
    isBroken = false;
    await talk.say({ command: "compact" }, ...Array.from({ length: 4 }, () => chatter(14_000)), "Which codes?");
    expect(talk.compactions).toBeGreaterThan(1);
    expect(await talk.timesNoted(facts)).toEqual(facts.map(() => 1));
  });
});

describe("a workspace that does not take the file of the day", () => {
  const day = formatMinute(Date.now(), "Europe/Berlin").slice(0, 10);
  /** A model that writes these files and then answers. */
  const writing = (...paths: readonly string[]) => {
    const calls = paths.map((path, at) => toolCall(`call-${String(at)}`, "write", { path, content: "Mine.\n" }));
    const replies: Reply[] = [{ calls }];
    return { answer: () => replies.shift() ?? { text: "I see." } };
  };

  it("gets the notes in another one", async () => {
    const talk = await open(writing(`memory/${day}.md/mine.md`));
    await talk.say("Make a folder.", ...LONG, chatter(20_000));
    expect(talk.compactions).toBe(1);
    expect(await talk.timesNoted(FACTS)).toEqual([1, 1]);
  });

  it("puts a summary off when it takes none, so often and no oftener", async () => {
    const talk = await open(writing(`memory/${day}.md/mine.md`, `memory/${day}-notes.md/mine.md`));
    await talk.say("Make folders.", ...LONG, chatter(16_000));
    expect(talk.compactions).toBe(0);
    const lives = await talk.say("one", "two", "three", "four");
    expect(lives.map(endOf).map((end) => end?.kind)).toEqual(lives.map(() => "final"));
    // Each time in two pieces.
    expect(talk.model.count("notes")).toBe(2 * (1 + COMPACTION_BOUNDS.putOffsMax));
    expect(talk.compactions).toBe(1);
  });
});

describe("notes of a turn that came to nothing", () => {
  /** A conversation whose last turn has summed up and then failed. */
  async function openFailed(): Promise<SmallTalk> {
    let isBroken = false;
    const before: CountingOptions["before"] = (kind) => {
      if (isBroken && kind === "step") throw new Error("401 invalid x-api-key");
    };
    const talk = await open({ before });
    await talk.say(...LONG);
    isBroken = true;
    const [failed] = await talk.say(chatter(20_000));
    expect(endOf(failed)).toMatchObject({ kind: "error", code: "model_failed" });
    expect(talk.compactions).toBe(1);
    expect(await talk.timesNoted(FACTS)).toEqual([0, 0]);
    isBroken = false;
    return talk;
  }

  it("are taken over by the next one", async () => {
    const talk = await openFailed();
    await talk.say("Hello?", "Still there?");
    expect(await talk.timesNoted(FACTS)).toEqual([1, 1]);
    expect(talk.model.count("notes")).toBeLessThan(4);
  });

  it("are taken over when the conversation is begun anew, even twice", async () => {
    const talk = await openFailed();
    const fresh = (said: Said, epoch: number) => ({ ...talk.turn(said), epoch });
    await talk.agents.liveOn([fresh("Hello?", 2), fresh("Still there?", 2), fresh("And now?", 3)], undefined);
    expect(await talk.timesNoted(FACTS)).toEqual([1, 1]);
  });
});

describe("a conversation of several windows, as a change of the model leaves it", () => {
  it("is noted and summed up in pieces that fit", async () => {
    let windowTokens = Number.MAX_SAFE_INTEGER;
    const talk = await open({
      windowTokens: Number.MAX_SAFE_INTEGER,
      before: () => {
        const tokens = talk.model.asks.at(-1)?.tokens ?? 0;
        if (tokens > windowTokens) throw new Error(`prompt is too long: ${String(tokens)} tokens`);
      },
    });
    const large = Array.from({ length: 4 }, (_, n) => {
      const asked = talk.turn(`${chatter(80_000)} The code of box${String(n)} is B-${String(n)}.`);
      const settings = { ...asked.settings, model: "anthropic/claude-sonnet-5" };
      return { ...asked, settings, grants: { ...asked.grants, models: { anthropic: { apiKey: "test-key" } } } };
    });
    await talk.agents.liveOn(large, undefined);
    expect(talk.compactions).toBe(0);
    windowTokens = WINDOW_TOKENS;
    const [life] = await talk.say("Which codes?");
    expect(endOf(life)).toMatchObject({ kind: "final", context: { compactions: 1 } });
    const boxes = large.map((_, n) => `The code of box${String(n)} is B-${String(n)}`);
    expect(boxes.filter((fact) => !talk.model.asks.at(-1)?.text.includes(fact))).toEqual([]);
    expect(await talk.timesNoted(boxes)).toEqual([1, 1, 1, 1]);
    expect(talk.model.count("summary")).toBeGreaterThan(4);
  });
});

describe("a group", () => {
  it("notes what was said in a file of its own", async () => {
    const talk = await open();
    const inGroup = (said: Said) => ({ ...talk.turn(said), ...GROUP });
    const told = [...FACTS.map((fact) => `${fact}. ${chatter(9_000)}`), { command: "compact" } as const].map(inGroup);
    const lives = await talk.agents.liveOn(told, undefined);
    expect(endOf(lives[2])).toMatchObject({ kind: "final", context: { compactions: 1 } });
    expect(await talk.timesNoted(FACTS)).toEqual([0, 0]);
    expect(await talk.timesNoted(FACTS, GROUP)).toEqual([1, 1]);
  });
});

describe("a stop while the conversation is summed up", () => {
  it("ends the turn at once and leaves the conversation as it was", async () => {
    const asked = Promise.withResolvers<void>();
    let isHeld = false;
    const before: CountingOptions["before"] = async (kind) => {
      if (!isHeld || kind !== "summary") return;
      asked.resolve();
      await new Promise(() => undefined);
    };
    const talk = await open({ before });
    await talk.say(...FACTS.map((fact) => `${fact}. ${chatter(9_000)}`));
    isHeld = true;
    const compacting = talk.turn({ command: "compact" });
    const running = talk.agents.liveUntil(compacting, asked.promise, abort(compacting, compacting.fence));
    expect(endOf(await running)).toMatchObject({ kind: "error", code: "aborted" });
    isHeld = false;
    await talk.say("Hello?");
    expect(talk.compactions).toBe(0);
    expect(talk.model.asks.at(-1)?.text).toContain(`${FACTS[0] ?? ""}. We talked`);
    await talk.say({ command: "compact" });
    expect(talk.compactions).toBe(1);
    expect(await talk.timesNoted(FACTS)).toEqual([1, 1]);
  });
});
