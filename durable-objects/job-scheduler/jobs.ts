/**
 * What can be done with jobs. Synchronous, so that each verb can be part of a larger transaction; what must be asked of others
 * has been asked before (`job-draft.ts`).
 */
import type { FailureAlert, Job, JobInput, JobRefusal, JobState, JobView, RunView } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import type { JobChange, JobDraft } from "./job-draft.ts";
import { jobIdOf } from "./job-id.ts";
import { planRun } from "./job-plan.ts";
import { countJobs, deleteJob, readJob, readJobs, writeJob } from "./job-rows.ts";
import { nextSlot } from "./next-slot.ts";
import { cancelWaiting } from "./job-runs.ts";
import { hasOpenRun, insertRun, listRuns, type RunsWanted } from "./runs.ts";
import { readSchedule } from "./schedule.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import { planForget } from "./task-session.ts";

export type JobOutcome = { readonly ok: true; readonly job: JobView } | Refused;
export type RunStarted = { readonly ok: true; readonly runId: string };
export type Refused = { readonly ok: false; readonly refusal: JobRefusal };

/** How the jobs are in all. */
export type SchedulerStatus = {
  readonly jobs: number;
  readonly enabled: number;
  /** Epoch ms. */
  readonly nextRunAt: number | null;
  /** Jobs of which a run waits or is under way. */
  readonly running: number;
  /** Jobs that are switched on and whose last run failed. */
  readonly failing: number;
};

/** Makes a job. */
export function addJob({ sql, transact, stir }: SchedulerContext, draft: JobDraft, now: number): JobOutcome {
  return transact(() => {
    if (countJobs(sql) >= JOB_BOUNDS.jobsMax) return refused(TOO_MANY);
    const id = jobIdOf(draft.name, (taken) => readJob(sql, taken) !== null || hasOpenRun(sql, taken));
    const read = readSchedule(draft.schedule, { jobId: id, now, timezone: draft.timezone });
    if (!read.ok) return refused({ code: "bad_schedule", message: read.error });
    const { name, description = null, payload, delivery, enabled = true, failureAlert } = draft;
    const schedule = read.value;
    const job: Job = {
      id,
      name,
      description,
      schedule,
      payload,
      delivery,
      enabled,
      deleteAfterRun: draft.deleteAfterRun ?? schedule.kind === "at",
      failureAlert: alertOf(failureAlert),
      createdAt: now,
      updatedAt: now,
    };
    const problem = findProblem(job);
    if (problem) return refused(problem);
    return { ok: true, job: store({ sql, stir }, { ...job, state: restart(job, NEW_STATE, now) }) };
  });
}

/** Changes a job. A run that is under way goes on as it was planned. */
export function updateJob(
  { sql, transact, stir }: SchedulerContext,
  jobId: string,
  change: JobChange,
  now: number,
): JobOutcome {
  return transact(() => {
    const found = readJob(sql, jobId);
    if (!found) return refused(unknownJob(jobId));
    const { state, ...before } = found;
    const changed = applyChange(before, change, now);
    if (!changed.ok) return refused(changed.error);
    const job = changed.value;
    const isRestart = change.schedule !== undefined || job.enabled !== before.enabled;
    const problem = findProblem(job) ?? (isRestart ? findOver(job, now) : null);
    if (problem) return refused(problem);
    if (isRestart) cancelWaiting(sql, jobId, "job_changed", now);
    return { ok: true, job: store({ sql, stir }, { ...job, state: isRestart ? restart(job, state, now) : state }) };
  });
}

/** Removes a job, and what waits to be run of it. */
export function removeJob({ sql, transact, stir }: SchedulerContext, jobId: string, now: number): JobOutcome {
  return transact(() => {
    const job = readJob(sql, jobId);
    if (!job) return refused(unknownJob(jobId));
    deleteJob(sql, jobId);
    cancelWaiting(sql, jobId, "job_removed", now);
    // A run that is under way needs its session until it is over.
    if (!hasOpenRun(sql, jobId)) planForget(sql, jobId, `${jobId}:${now}`, now);
    stir(now);
    return { ok: true, job };
  });
}

/** Runs a job now, besides its schedule and also if it is switched off. `id`: a new one. */
export function runJob(
  { sql, agent, transact, stir }: SchedulerContext,
  jobId: string,
  id: string,
  now: number,
): RunStarted | Refused {
  return transact(() => {
    const job = readJob(sql, jobId);
    if (!job) return refused(unknownJob(jobId));
    if (hasOpenRun(sql, jobId)) {
      return refused({ code: "job_running", message: "A run of that job waits or is under way already." });
    }
    const run = planRun(agent(), job, { kind: "manual", id, at: now });
    insertRun(sql, run, now);
    stir(now);
    return { ok: true, runId: run.runId };
  });
}

/** The jobs, the one that is due next first. */
export function listJobs(
  { sql }: SchedulerContext,
  { includeDisabled = true }: { readonly includeDisabled?: boolean } = {},
): readonly JobView[] {
  return readJobs(sql).filter(({ enabled }) => enabled || includeDisabled);
}

/** A job by its id; null: there is none. */
export function findJob({ sql }: SchedulerContext, jobId: string): JobView | null {
  return readJob(sql, jobId);
}

/** The run log, the newest first. */
export function listJobRuns({ sql }: SchedulerContext, which: RunsWanted): readonly RunView[] {
  return listRuns(sql, which);
}

/** How the jobs are in all. */
export function schedulerStatus({ sql }: SchedulerContext): SchedulerStatus {
  const jobs = readJobs(sql);
  const enabled = jobs.filter((job) => job.enabled);
  return {
    jobs: jobs.length,
    enabled: enabled.length,
    nextRunAt: enabled[0]?.state.nextRunAt ?? null,
    running: jobs.filter(({ id }) => hasOpenRun(sql, id)).length,
    failing: enabled.filter(({ state }) => state.failuresInRow > 0).length,
  };
}

const TOO_MANY: JobRefusal = {
  code: "too_many_jobs",
  message: `There are ${JOB_BOUNDS.jobsMax} jobs, as many as there may be; remove one first.`,
};

const NEW_STATE: JobState = {
  lastSlot: null,
  nextRunAt: null,
  lastRunAt: null,
  lastStatus: null,
  lastError: null,
  failuresInRow: 0,
  isAlerted: false,
  alertedAt: null,
  scheduleErrors: 0,
  missed: 0,
};

/** Its slots count from now; what was before is settled. */
function restart({ schedule, enabled }: Job, state: JobState, now: number): JobState {
  const nextRunAt = enabled ? nextSlot(schedule, now) : null;
  return { ...state, lastSlot: now, nextRunAt, failuresInRow: 0, isAlerted: false, scheduleErrors: 0 };
}

function store({ sql, stir }: Pick<SchedulerContext, "sql" | "stir">, job: JobView): JobView {
  writeJob(sql, job);
  if (job.state.nextRunAt !== null) stir(job.state.nextRunAt);
  return job;
}

function applyChange(before: Job, change: JobChange, now: number): Result<Job, JobRefusal> {
  const { timezone, schedule: wish, failureAlert } = change;
  const read = wish === undefined ? ok(before.schedule) : readSchedule(wish, { jobId: before.id, now, timezone });
  if (!read.ok) return err({ code: "bad_schedule", message: read.error });
  const schedule = read.value;
  const isOtherKind = (schedule.kind === "at") !== (before.schedule.kind === "at");
  const deletesItself = isOtherKind ? schedule.kind === "at" : before.deleteAfterRun;
  return ok({
    ...before,
    name: change.name ?? before.name,
    description: change.description ?? before.description,
    schedule,
    payload: change.payload ?? before.payload,
    delivery: change.delivery ?? before.delivery,
    enabled: change.enabled ?? before.enabled,
    deleteAfterRun: change.deleteAfterRun ?? deletesItself,
    failureAlert: failureAlert === undefined ? before.failureAlert : alertOf(failureAlert),
    updatedAt: now,
  });
}

function alertOf(wish: JobInput["failureAlert"]): FailureAlert {
  if (wish === false) return false;
  const { after = JOB_BOUNDS.alertAfter, cooldownMs = JOB_BOUNDS.alertEveryMs } = wish ?? {};
  return { after, cooldownMs };
}

function findProblem({ payload, delivery }: Job): JobRefusal | null {
  if (payload.kind !== "reminder" || delivery.mode !== "none") return null;
  return { code: "bad_delivery", message: "A reminder must be said somewhere: its delivery cannot be none." };
}

/** A one-shot whose time is over would never run. */
function findOver({ enabled, schedule }: Job, now: number): JobRefusal | null {
  if (!enabled || nextSlot(schedule, now) !== null) return null;
  return { code: "bad_schedule", message: "Its time is over: give it a new one." };
}

function unknownJob(jobId: string): JobRefusal {
  return { code: "job_unknown", message: `There is no job ${jobId}; list them for their ids.` };
}

function refused(refusal: JobRefusal): Refused {
  return { ok: false, refusal };
}
