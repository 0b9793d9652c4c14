/**
 * Which slots of a job are due now: never one before its time, and of those that nobody was awake for only the newest, if
 * it is not too old. Slots are walked from the last one that is settled, so none is forgotten and none comes twice. Pure.
 */
import type { JobView, Schedule } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { about, type JobNotice } from "./job-notice.ts";
import { nextSlot } from "./next-slot.ts";

export type DueStep = {
  /** The job after it. */
  readonly job: JobView;
  /** The slot that is to be run; null: none. */
  readonly slot: number | null;
  /** Slots that are not run any more: how many, and the newest of them; null: there are none. */
  readonly passedOver: PassedOver | null;
  readonly notice: JobNotice | null;
};

type PassedOver = { readonly count: number; readonly slot: number };

/** What is due of a job, no run of which is open. */
export function stepDue(job: JobView, now: number): DueStep {
  const { enabled, schedule, state } = job;
  if (!enabled || state.nextRunAt === null || state.nextRunAt > now) return nothing(job);
  if (schedule.kind === "at") return stepOnce(job, schedule.at, now);
  try {
    return stepRecurring(job, now);
  } catch {
    return stepBroken(job, now);
  }
}

function stepOnce(job: JobView, slot: number, now: number): DueStep {
  const settled = { ...job, state: { ...job.state, lastSlot: slot, nextRunAt: null } };
  if (now - slot <= JOB_BOUNDS.catchUpOnceMs) return { ...nothing(settled), slot };
  return {
    job: { ...settled, enabled: false, state: { ...settled.state, missed: job.state.missed + 1 } },
    slot: null,
    passedOver: { count: 1, slot },
    notice: { kind: "once_missed", ...about(job), slot },
  };
}

function stepRecurring(job: JobView, now: number): DueStep {
  const { schedule, state } = job;
  const { settledTo, slot, passedOver, next } = walk(schedule, state.lastSlot ?? job.createdAt, now);
  const missed = state.missed + (passedOver?.count ?? 0);
  const after = { ...state, lastSlot: settledTo, nextRunAt: next, scheduleErrors: 0, missed };
  return { job: { ...job, state: after }, slot, passedOver, notice: null };
}

type Walk = Pick<DueStep, "slot" | "passedOver"> & {
  readonly settledTo: number;
  /** The first slot that lies ahead; null: there is none any more. */
  readonly next: number | null;
};

function walk(schedule: Schedule, after: number, now: number): Walk {
  // What is older is not run, so it is only counted, and not for ever.
  const old = walkOld(schedule, after, now - JOB_BOUNDS.catchUpMs - 1);
  let { count, newest: passed } = old;
  let slot: number | null = null;
  let next = nextSlot(schedule, old.settledTo);
  while (next !== null && next <= now) {
    if (slot !== null) [count, passed] = [count + 1, slot];
    slot = next;
    next = nextSlot(schedule, next);
  }
  const passedOver = passed === null ? null : { count: Math.min(count, JOB_BOUNDS.passedOverMax), slot: passed };
  return { settledTo: slot ?? old.settledTo, slot, passedOver, next };
}

function walkOld(schedule: Schedule, after: number, until: number) {
  let count = 0;
  let newest: number | null = null;
  let next = until > after ? nextSlot(schedule, after) : null;
  while (next !== null && next <= until && count < JOB_BOUNDS.passedOverMax) {
    [count, newest] = [count + 1, next];
    next = nextSlot(schedule, next);
  }
  return { count, newest, settledTo: Math.max(after, until) };
}

/** The calendar of a zone can be gone, or an expression that was fine before a release. */
function stepBroken(job: JobView, now: number): DueStep {
  const scheduleErrors = job.state.scheduleErrors + 1;
  if (scheduleErrors >= JOB_BOUNDS.scheduleErrorsMax) {
    const off = { ...job, enabled: false, state: { ...job.state, nextRunAt: null, scheduleErrors: 0 } };
    return { ...nothing(off), notice: { kind: "schedule_broken", ...about(job) } };
  }
  const pauseMs = JOB_BOUNDS.retryPausesMs[scheduleErrors - 1] ?? 0;
  return nothing({ ...job, state: { ...job.state, nextRunAt: now + pauseMs, scheduleErrors } });
}

function nothing(job: JobView): DueStep {
  return { job, slot: null, passedOver: null, notice: null };
}
