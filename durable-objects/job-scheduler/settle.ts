/**
 * What the end of a run means for its job: whether it is tried again, paused, switched off or removed, and what the owner is
 * told. Pure.
 */
import { assertNever } from "../../protocol/assert.ts";
import type { Delivery, DeliveryEnd, JobView, RunStatus } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { about, type JobNotice } from "./job-notice.ts";
import { isOfSlot } from "./job-plan.ts";
import { nextSlot } from "./next-slot.ts";
import type { Run } from "./run-plan.ts";

export type RunResult = {
  readonly status: RunStatus;
  /** Of a failure, or why it was skipped. */
  readonly error: string | null;
};

export type Settled = {
  /** The job after it; null: it is removed. */
  readonly job: JobView | null;
  /** The same run is tried again then (epoch ms); null: it is over. */
  readonly retryAt: number | null;
  readonly notice: JobNotice | null;
};

/** What of a run matters for its job. */
export type SettledRun = Pick<Run, "runId" | "jobId" | "slot" | "startedAt" | "plan">;

/** Failures that pass by themselves: of the network, of what is too busy, of who was in the way. */
const PASSING: readonly string[] = [
  "agent_unavailable",
  "agent_throttled",
  "agent_conflict",
  "agent_stream_broken",
  "agent_answered_nothing",
  "agent_failed",
  // Every model was asked, some several times: rate limits, overload, timeouts, 5xx.
  "model_failed",
  "access_changed",
  "deadline",
  "edge_interrupted",
  "fence_lost",
  "shutting_down",
  "storage_unavailable",
];

/** Whether trying again may help. */
export function isPassing(code: string): boolean {
  return PASSING.includes(code);
}

/** A run of the job is over. */
export function settleRun(job: JobView, run: SettledRun, result: RunResult, now: number): Settled {
  const noted = note(job, run, result, now);
  switch (result.status) {
    case "ok":
    case "silent":
      return settleSuccess(noted, run, awaitsDelivery(run.plan.delivery, result.status));
    case "error":
      // Whoever runs a job by hand sees what becomes of it.
      return isOfSlot(run) ? settleFailure(noted, run, result.error ?? "unknown", now) : kept(noted);
    case "skipped":
      return noted.enabled && isCurrentOnce(noted, run) ? settleSkipped(noted, run, now) : kept(noted);
    case "stopped":
    case "missed":
      return kept(isCurrentOnce(noted, run) ? switchOff(noted) : noted);
    default:
      return assertNever(result.status);
  }
}

/** It is known what became of what a run had to say. */
export function settleDelivery(
  job: JobView,
  run: SettledRun & { readonly status: RunStatus | null },
  status: DeliveryEnd,
  now: number,
): Settled {
  const isOnce = isCurrentOnce(job, run) && (run.status === "ok" || run.status === "silent");
  if (status === "delivered") return isOnce && job.deleteAfterRun ? { ...kept(job), job: null } : kept(job);
  const notice = { kind: "undelivered", ...about(job), isKept: isOnce, isInDoubt: status === "in_doubt" } as const;
  if (isOnce) return { ...kept(job), notice };
  if (!mayAlert(job, now)) return kept(job);
  const alerted = { ...job, state: { ...job.state, alertedAt: now } };
  return { ...kept(alerted), notice };
}

function note(job: JobView, { startedAt }: SettledRun, { status, error }: RunResult, now: number): JobView {
  const state = { ...job.state, lastRunAt: startedAt ?? now, lastStatus: status, lastError: error };
  return { ...job, state };
}

function settleSuccess(job: JobView, run: SettledRun, isAwaited: boolean): Settled {
  const { schedule, state } = job;
  const notice: JobNotice | null = state.isAlerted
    ? { kind: "recovered", ...about(job), failures: state.failuresInRow }
    : null;
  // The pause after failures is over with them.
  const isPaused = state.failuresInRow > 0 && schedule.kind !== "at" && state.nextRunAt !== null;
  const nextRunAt = isPaused ? nextSlotOf(job) : state.nextRunAt;
  const well = { ...job, state: { ...state, nextRunAt, failuresInRow: 0, isAlerted: false } };
  if (!isCurrentOnce(well, run)) return { ...kept(well), notice };
  return { ...kept(job.deleteAfterRun && !isAwaited ? null : switchOff(well)), notice };
}

/** Whether something is still to be said, or told to a webhook: `settleDelivery` hears of it. */
function awaitsDelivery(delivery: Delivery, status: RunStatus): boolean {
  switch (delivery.mode) {
    case "none":
      return false;
    case "announce":
      return status === "ok";
    case "webhook":
      return true;
    default:
      return assertNever(delivery);
  }
}

function settleFailure(job: JobView, run: SettledRun, code: string, now: number): Settled {
  const failures = job.state.failuresInRow + 1;
  const failed = { ...job, state: { ...job.state, failuresInRow: failures } };
  if (job.schedule.kind !== "at") return settleRecurring(failed, code, now);
  // It has been given another time since, or is not wanted any more.
  if (!isCurrentOnce(job, run)) return kept(job);
  if (!job.enabled) return kept(failed);
  const pauseMs = isPassing(code) ? JOB_BOUNDS.retryPausesMs[failures - 1] : undefined;
  if (pauseMs !== undefined) return { ...kept(failed), retryAt: now + pauseMs };
  return { ...kept(switchOff(failed)), notice: { kind: "once_failed", ...about(job), code } };
}

function settleRecurring(job: JobView, code: string, now: number): Settled {
  const { state, failureAlert } = job;
  const failures = state.failuresInRow;
  if (failures >= JOB_BOUNDS.failuresMax) {
    return { ...kept(switchOff(job)), notice: { kind: "switched_off", ...about(job), failures, code } };
  }
  const pauses = JOB_BOUNDS.failurePausesMs;
  const pauseMs = pauses[Math.min(failures, pauses.length) - 1] ?? 0;
  const slot = job.enabled && state.nextRunAt !== null ? nextSlotOf(job) : null;
  const paused = { ...job, state: { ...state, nextRunAt: slot === null ? null : Math.max(slot, now + pauseMs) } };
  const isIncident = failureAlert !== false && failures >= failureAlert.after && !state.isAlerted;
  if (!isIncident || !mayAlert(job, now)) return kept(paused);
  const alerted = { ...paused, state: { ...paused.state, isAlerted: true, alertedAt: now } };
  return { ...kept(alerted), notice: { kind: "failing", ...about(job), failures, code } };
}

/** The budget did not allow it. Something that is due only once waits for it. */
function settleSkipped(job: JobView, { slot }: SettledRun, now: number): Settled {
  const retryAt = now + JOB_BOUNDS.skippedRetryMs;
  if (retryAt - slot <= JOB_BOUNDS.catchUpOnceMs) return { ...kept(job), retryAt };
  return { ...kept(switchOff(job)), notice: { kind: "once_missed", ...about(job), slot } };
}

/** Owners are told of one job's troubles so often at most. */
function mayAlert({ state, failureAlert }: JobView, now: number): boolean {
  return failureAlert !== false && (state.alertedAt === null || now - state.alertedAt >= failureAlert.cooldownMs);
}

/** Whether it is the run that a one-shot is there for. */
function isCurrentOnce({ schedule }: JobView, run: SettledRun): boolean {
  return schedule.kind === "at" && schedule.at === run.slot && isOfSlot(run);
}

/** The first slot that is not settled; null if it cannot be computed: `stepDue` finds out. */
function nextSlotOf({ schedule, state, createdAt }: JobView): number | null {
  try {
    return nextSlot(schedule, state.lastSlot ?? createdAt);
  } catch {
    return state.nextRunAt;
  }
}

function switchOff(job: JobView): JobView {
  return { ...job, enabled: false, state: { ...job.state, nextRunAt: null } };
}

function kept(job: JobView | null): Settled {
  return { job, retryAt: null, notice: null };
}
