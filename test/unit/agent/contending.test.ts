/** Several processes that run one turn at the same time, in every order of what they wait for: it ends as one would. */
import fc, { type Scheduler } from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { resume, turn } from "./invocations.ts";
import { MortalAgents } from "./mortal-agents.ts";
import { checkTurn, threeTools } from "./three-tools.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

async function contend(scheduler: Scheduler): Promise<void> {
  let isOver = false;
  const pause = (where: string) => (isOver ? Promise.resolve() : scheduler.schedule(Promise.resolve(), where));
  const agents = await MortalAgents.open(threeTools, pause);
  const asked = turn({ blobs: agents.blobs.url }, "go");
  try {
    const requests = [asked, resume(asked, 2), resume(asked, 3)];
    const living = requests.map(async (request) => {
      await pause(`start of ${String(request.fence)}`);
      return agents.live(request);
    });
    const lives = await scheduler.waitFor(Promise.all(living));
    isOver = true;
    for (const { events } of lives) {
      const end = events.at(-1);
      if (end?.kind !== "final") expect(end).toMatchObject({ kind: "error", code: "fence_lost" });
    }
    await checkTurn(agents, lives);
  } finally {
    await agents.close();
  }
}

describe("three processes with one turn", () => {
  it("end it once, without a tool run twice, as the one with the highest fence tells", async () => {
    const schedulers = fc.array(fc.scheduler(), { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(schedulers, async (several) => {
        await Promise.all(several.map(contend));
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
});
