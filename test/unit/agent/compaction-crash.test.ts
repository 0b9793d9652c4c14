/** A compaction that is cut at any of its commits, or killed, loses nothing and repeats no note. */
import { expect, it, vi } from "vitest";
import { PROCESS_TEST_MS } from "./eventually.ts";
import type { Death } from "./mortal-storage.ts";
import { chatter, endOf, type Said, SmallTalk } from "./small-talk.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

const FACTS = ["The code of shed is K-17", "The code of barn is K-18"];
const LONG = FACTS.map((fact) => `${chatter(40_000)} ${fact}.`);

/** Which compaction the turn has that dies: one that is due, one after a refusal, or one that somebody asked for. */
const KINDS = {
  threshold: { last: chatter(20_000), before: LONG, options: {} },
  overflow: {
    last: chatter(14_000),
    before: FACTS.map((fact) => `${fact}. ${chatter(14_000)}`),
    options: { charsPerToken: 1.2, answer: () => ({ text: "I see.", tokens: 0 }) },
  },
  manual: { last: { command: "compact" }, before: FACTS.map((fact) => `${fact}. ${chatter(8_000)}`), options: {} },
} as const;

async function verify(talk: SmallTalk, last: Said, death: Death): Promise<boolean> {
  try {
    const [dying, ...others] = await talk.sayAndDie(last, death, "Which codes?");
    expect(others.map(endOf)).toMatchObject([{ kind: "final" }, { kind: "final", context: { compactions: 1 } }]);
    expect(talk.compactions).toBe(1);
    expect(await talk.timesNoted(FACTS)).toEqual([1, 1]);
    expect(FACTS.filter((fact) => !talk.model.asks.at(-1)?.text.includes(fact))).toEqual([]);
    return dying?.died === true;
  } catch (error) {
    throw new Error(`with ${JSON.stringify(death)}`, { cause: error });
  } finally {
    await talk.agents.close();
  }
}

it.each(["threshold", "overflow", "manual"] as const)(
  "a turn with a compaction ends the same, at whichever of its commits its process was killed: %s",
  async (kind) => {
    const { last, before, options } = KINDS[kind];
    const start = await SmallTalk.open(options);
    await start.say(...before);
    const undisturbed = await start.fork();
    const [life] = await undisturbed.say(last);
    expect(undisturbed.compactions).toBe(1);
    await undisturbed.agents.close();
    const commits = life?.commits ?? 0;
    expect(commits).toBeGreaterThan(3);
    // Right after a commit the store is as it is before the next one, so only the last needs both.
    const deaths = Array.from({ length: commits }, (_, n): Death => ({ commit: n + 1, when: "before" }));
    deaths.push({ commit: commits, when: "after" });
    const died = await Promise.all(deaths.map(async (death) => verify(await start.fork(), last, death)));
    expect(died).toEqual(deaths.map(() => true));
    await start.agents.close();
  },
);
