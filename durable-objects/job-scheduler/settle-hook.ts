/** What the end of a hook's run means: whoever sent it has its 2xx and does not send it again, so it is tried again here. */
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import type { Run } from "./run-plan.ts";
import { isPassing, type RunResult, type Settled } from "./settle.ts";

export type HookRun = Pick<Run, "runId" | "jobId" | "slot" | "attempt" | "plan">;
export type HookEnd = Pick<Settled, "retryAt" | "notice">;

/**
 * Whether it is tried again, and what the owner must know. `isTold`: they were told of a failure of the same hook a short
 * while ago. Pure.
 */
export function settleHook(run: HookRun, { status, error }: RunResult, isTold: boolean, now: number): HookEnd {
  const code = error ?? "unknown";
  const retryAt = retryTime(run, { status, error }, now);
  if (retryAt !== null) return { retryAt, notice: null };
  const isLost = status === "error" || status === "skipped";
  if (!isLost || isTold) return { retryAt: null, notice: null };
  return { retryAt: null, notice: { kind: "hook_failed", jobId: run.jobId, name: run.plan.name, code } };
}

function retryTime({ slot, attempt }: HookRun, { status, error }: RunResult, now: number): number | null {
  if (status === "skipped") {
    // The budget did not allow it.
    const retryAt = now + JOB_BOUNDS.skippedRetryMs;
    return retryAt - slot <= JOB_BOUNDS.catchUpOnceMs ? retryAt : null;
  }
  if (status !== "error" || !isPassing(error ?? "unknown")) return null;
  const pauseMs = JOB_BOUNDS.retryPausesMs[attempt - 1];
  return pauseMs === undefined ? null : now + pauseMs;
}
