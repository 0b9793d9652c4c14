/** Jobs meet their runs: what is due is planned, and what came of a run is noted with its job. Synchronous SQL only. */
import type { DeliveryEnd, JobView, RunStatus } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { errorFields, log } from "../../worker/log.ts";
import { stepDue } from "./catch-up.ts";
import type { JobNotice } from "./job-notice.ts";
import { planRun } from "./job-plan.ts";
import { deleteJob, dueJobIds, putOff, readJob, writeJob } from "./job-rows.ts";
import { forgetOldRuns, insertMissed } from "./job-runs.ts";
import { hasOpenRun, insertRun } from "./runs.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import { type RunResult, type Settled, settleDelivery, type SettledRun, settleRun } from "./settle.ts";

/** A job whose row cannot be worked with is looked at again after this: a later release may be able to. */
const UNREADABLE_LOOK_MS = 3_600_000;

/** Plans a run of each job that is due; `tell` is given what its owner must know, inside the transaction. */
export function takeDue(scheduler: SchedulerContext, now: number, tell: (notice: JobNotice) => void): void {
  const { sql, transact } = scheduler;
  const due = dueJobIds(sql, now);
  for (const jobId of due.slice(0, JOB_BOUNDS.plannedAtOnce)) transact(() => takeOne(scheduler, jobId, now, tell));
  if (due.length > 0) forgetOldRuns(sql, now);
}

function takeOne({ sql, agent }: SchedulerContext, jobId: string, now: number, tell: (notice: JobNotice) => void) {
  if (hasOpenRun(sql, jobId)) return;
  const step = planDue(sql, agent(), jobId, now);
  if (step === null) return;
  if (step === "unreadable") return putOff(sql, jobId, now + UNREADABLE_LOOK_MS);
  const { job, run, missed, notice } = step;
  if (missed) {
    insertMissed(sql, missed.run, missed.count, now);
    log("warn", "slots_missed", { job: jobId, count: missed.count, slot: missed.run.slot });
  }
  if (run) insertRun(sql, run, now);
  writeJob(sql, job);
  if (notice) tell(notice);
}

/** Writes nothing. One job that cannot be read keeps no other one from its time. */
function planDue(sql: SqlStorage, agent: string, jobId: string, now: number) {
  try {
    const before = readJob(sql, jobId);
    if (!before) return null;
    const { job, slot, passedOver, notice } = stepDue(before, now);
    const planOf = (at: number) => planRun(agent, job, { kind: "slot", slot: at });
    const missed = passedOver && { run: planOf(passedOver.slot), count: passedOver.count };
    return { job, run: slot === null ? null : planOf(slot), missed, notice };
  } catch (error) {
    log("error", "job_unreadable", { job: jobId, ...errorFields(error) });
    return "unreadable";
  }
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
  delivery: DeliveryEnd,
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
