/** A turn that was cut at any of its commits, once or twice, ends as if it had not been cut. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { resume, turn } from "./invocations.ts";
import { type Life, MortalAgents } from "./mortal-agents.ts";
import type { Death } from "./mortal-storage.ts";
import { checkTurn, threeTools } from "./three-tools.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

/** One turn whose processes die as told, each followed by a fresh one; the last one lives. */
async function play(
  deaths: readonly Death[],
): Promise<{ readonly agents: MortalAgents; readonly lives: readonly Life[] }> {
  const agents = await MortalAgents.open(threeTools);
  const asked = turn({ blobs: agents.blobs.url }, "go");
  const lives: Life[] = [];
  for (const [n, death] of [...deaths, undefined].entries()) {
    lives.push(await agents.live(n === 0 ? asked : resume(asked, n + 1), death));
  }
  return { agents, lives };
}

async function verify(deaths: readonly Death[]): Promise<Awaited<ReturnType<typeof play>>> {
  const played = await play(deaths);
  try {
    await checkTurn(played.agents, played.lives);
  } catch (error) {
    throw new Error(`with deaths ${JSON.stringify(deaths)}`, { cause: error });
  } finally {
    await played.agents.close();
  }
  return played;
}

const death = fc.record({
  commit: fc.integer({ min: 1, max: 45 }),
  when: fc.constantFrom("before" as const, "after" as const),
});

describe("a turn", () => {
  it("ends the same, at whichever of its commits its process was killed", async () => {
    const { lives } = await verify([]);
    const commits = lives[0]?.commits ?? 0;
    expect(commits).toBeGreaterThan(20);
    // Right after a commit the store is as it is before the next one, so only the last needs both.
    const deaths = Array.from({ length: commits }, (_, n): Death => ({ commit: n + 1, when: "before" }));
    deaths.push({ commit: commits, when: "after" });
    const played = await Promise.all(deaths.map((one) => verify([one])));
    expect(played.every((one) => one.lives[0]?.died)).toBe(true);
  });

  it("ends the same when the processes that went on with it were killed too", async () => {
    const several = fc.array(fc.array(death, { minLength: 2, maxLength: 3 }), { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(several, async (plays) => {
        await Promise.all(plays.map(verify));
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});
