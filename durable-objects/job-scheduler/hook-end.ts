/** The end of a hook's run meets what is known of the hook. Synchronous SQL only. */
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import type { JobNotice } from "./job-notice.ts";
import type { RunResult } from "./settle.ts";
import { type HookEnd, type HookRun, settleHook } from "./settle-hook.ts";

/** What it means, inside the transaction that ends it. */
export function onHookEnded(sql: SqlStorage, run: HookRun, result: RunResult, now: number): HookEnd {
  const query = "SELECT 1 FROM runs WHERE job = ? AND status IN ('error', 'skipped') AND ended_at > ? LIMIT 1";
  const isTold = sql.exec(query, run.jobId, now - JOB_BOUNDS.alertEveryMs).toArray().length > 0;
  return settleHook(run, result, isTold, now);
}

/** What the owner must know of what became of a hook's answer; nobody else waits for it. */
export function onHookDeliveryEnded(
  { jobId, plan }: Pick<HookRun, "jobId" | "plan">,
  status: "delivered" | "failed",
): JobNotice | null {
  return status === "delivered" ? null : { kind: "undelivered", jobId, name: plan.name, isKept: false };
}
