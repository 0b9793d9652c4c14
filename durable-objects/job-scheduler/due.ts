/** Jobs meet their runs: what is due is planned, and what came of a run is noted with its job. Synchronous SQL only. */
import type { DeliveryStatus, JobView, RunStatus } from "../../protocol/jobs.ts";
import { log } from "../../worker/log.ts";
import { stepDue } from "./catch-up.ts";
import type { JobNotice } from "./job-notice.ts";
import { planRun } from "./job-plan.ts";
import { deleteJob, dueJobIds, readJob, writeJob } from "./job-rows.ts";
import { forgetOldRuns, insertMissed } from "./job-runs.ts";
import { hasOpenRun, insertRun } from "./runs.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import { type RunResult, type Settled, settleDelivery, type SettledRun, settleRun } from "./settle.ts";

/** Plans a run of each job that is due; `tell` is given what its owner must know, inside the transaction. */
export function takeDue(scheduler: SchedulerContext, now: number, tell: (notice: JobNotice) => void): void {
  const { sql, transact } = scheduler;
  const due = dueJobIds(sql, now);
  for (const jobId of due) transact(() => takeOne(scheduler, jobId, now, tell));
  if (due.length > 0) forgetOldRuns(sql, now);
}

function takeOne({ sql, agent }: SchedulerContext, jobId: string, now: number, tell: (notice: JobNotice) => void) {
  const before = readJob(sql, jobId);
  if (!before || hasOpenRun(sql, jobId)) return;
  const { job, slot, passedOver, notice } = stepDue(before, now);
  if (passedOver) {
    const run = planRun(agent(), job, { kind: "slot", slot: passedOver.slot });
    insertMissed(sql, run, passedOver.count, now);
    log("warn", "slots_missed", { job: jobId, count: passedOver.count, slot: passedOver.slot });
  }
  if (slot !== null) insertRun(sql, planRun(agent(), job, { kind: "slot", slot }), now);
  writeJob(sql, job);
  if (notice) tell(notice);
}

/**
 * A try of a run is over; inside the transaction that notes it, and before anything of it is delivered. Says when the
 * same run is to be tried again (null: it is over), and what the owner must know.
 */
export function onRunEnded(
  { sql, stir }: Pick<SchedulerContext, "sql" | "stir">,
  run: SettledRun,
  result: RunResult,
  now: number,
): Pick<Settled, "retryAt" | "notice"> {
  const job = readJob(sql, run.jobId);
  if (!job) return { retryAt: null, notice: null };
  const settled = settleRun(job, run, result, now);
  keep(sql, job.id, settled.job);
  // The slots that came meanwhile waited for this.
  const nextAt = settled.retryAt ?? settled.job?.state.nextRunAt ?? null;
  if (nextAt !== null) stir(Math.max(now, nextAt));
  return settled;
}

/** It is known what became of what a run had to say; inside the transaction that notes it. */
export function onDeliveryEnded(
  sql: SqlStorage,
  run: SettledRun,
  delivery: Extract<DeliveryStatus, "delivered" | "failed">,
  now: number,
): Pick<Settled, "notice"> {
  const job = readJob(sql, run.jobId);
  if (!job) return { notice: null };
  const [row] = sql.exec<{ status: RunStatus | null }>("SELECT status FROM runs WHERE run = ?", run.runId).toArray();
  const settled = settleDelivery(job, { ...run, status: row?.status ?? null }, delivery, now);
  keep(sql, job.id, settled.job);
  return settled;
}

function keep(sql: SqlStorage, jobId: string, job: JobView | null): void {
  if (job) writeJob(sql, job);
  else deleteJob(sql, jobId);
}
