/** Ends a turn that was stopped, whatever state its process is in: nothing of it may be written any more. */
import { backoffMs } from "../../protocol/backoff.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { type Grants, PROTOCOL_VERSION } from "../../protocol/invocation.ts";
import type { RuntimeClient } from "../../worker/agentcore/client.ts";
import { errorFields, log } from "../../worker/log.ts";
import type { TurnRef } from "./turn-state.ts";

/**
 * Asks the agent to end the turn; if it does not in time, stops its runtime session and asks the next process, which
 * raises the stored fence: what still runs of the turn can then commit nothing. `grants` reach that fence. Throws if nobody
 * could be told.
 */
export async function abortTurn(
  runtime: RuntimeClient,
  sessionId: string,
  turn: TurnRef,
  grants: Grants | undefined,
): Promise<void> {
  const { turnId, fence, conversation } = turn;
  // One above its own, as the lane has it since the stop.
  const address = { turnId, fence: fence + 1, conversation };
  const invocation = { kind: "abort", protocol: PROTOCOL_VERSION, ...address, ...(grants && { grants }) } as const;
  const ask = () => runtime.abort(sessionId, invocation);
  const failed = (error: unknown) => log("warn", "abort_tried", { turn: turnId, fence, ...errorFields(error) });
  if (await succeedsWithin(TURN_BOUNDS.abortGraceMs, ask, failed)) return;
  await runtime.stop(sessionId).catch(failed);
  if (await succeedsWithin(TURN_BOUNDS.abortGiveUpMs, ask, failed)) return;
  throw new Error("the agent could not be told to stop");
}

/** Tries again with growing pauses until the time is over; a try that is under way then counts as failed. */
async function succeedsWithin(
  withinMs: number,
  attempt: () => Promise<unknown>,
  failed: (error: unknown) => void,
): Promise<boolean> {
  let isOver = false;
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => {
    isOver = true;
    resolve(false);
  }, withinMs);
  const tries = async () => {
    for (let failures = 1; !isOver; failures += 1) {
      try {
        await attempt();
        return true;
      } catch (error) {
        failed(error);
      }
      await new Promise((wake) => setTimeout(wake, backoffMs(failures, TURN_BOUNDS)));
    }
    return false;
  };
  return await Promise.race([late, tries()]).finally(() => clearTimeout(timer));
}
