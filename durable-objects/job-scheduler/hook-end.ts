/** The end of a hook's run meets what is known of the hook. Synchronous SQL only. */
import type { DeliveryEnd } from "../../protocol/jobs.ts";
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

/** What the owner must know of what became of a hook's answer, which nobody else waits for: not of each of many. */
export function onHookDeliveryEnded(
  sql: SqlStorage,
  { runId, jobId, plan }: HookRun,
  status: DeliveryEnd,
  now: number,
): JobNotice | null {
  if (status === "delivered") return null;
  const query = `SELECT 1 FROM runs WHERE job = ? AND run <> ? AND delivery IN ('failed', 'in_doubt') AND ended_at > ?
     LIMIT 1`;
  const isTold = sql.exec(query, jobId, runId, now - JOB_BOUNDS.alertEveryMs).toArray().length > 0;
  return isTold
    ? null
    : { kind: "undelivered", jobId, name: plan.name, isKept: false, isInDoubt: status === "in_doubt" };
}
