/**
 * Which slots of a job are due now: never one before its time, and of those that nobody was awake for only the newest, if
 * it is not too old. Slots are walked from the last one that is settled, so none is forgotten and none comes twice. Pure.
 */
import type { JobView, Schedule } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { about, type JobNotice } from "./job-notice.ts";
import { type NextSlot, slotsOf } from "./next-slot.ts";

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
  const next = slotsOf(schedule);
  const { slots, ahead } = firstSlots(next, after, now);
  const [first] = slots;
  if (first === undefined) return { settledTo: after, slot: null, passedOver: null, next: ahead };
  const isAll = ahead === null || ahead > now;
  const newest = isAll ? (slots.at(-1) ?? first) : newestSlot(next, first, now);
  const slot = now - newest <= JOB_BOUNDS.catchUpMs ? newest : null;
  const passed = slot === null ? slots : slots.filter((other) => other < slot);
  const newestPassed = isAll ? passed.at(-1) : newestSlot(next, first, slot === null ? now : slot - 1);
  const count = Math.min(passed.length, JOB_BOUNDS.passedOverMax);
  return {
    settledTo: newest,
    slot,
    passedOver: newestPassed === undefined ? null : { count, slot: newestPassed },
    next: isAll ? ahead : next(newest),
  };
}

/** The slots in (after, until], but not for ever: `ahead` is the one after them. */
function firstSlots(next: NextSlot, after: number, until: number) {
  const slots: number[] = [];
  let ahead = next(after);
  while (ahead !== null && ahead <= until && slots.length <= JOB_BOUNDS.passedOverMax) {
    slots.push(ahead);
    ahead = next(ahead);
  }
  return { slots, ahead };
}

/** The newest slot in [slot, until], by halves: there may be very many. */
function newestSlot(next: NextSlot, slot: number, until: number): number {
  let [newest, end] = [slot, until];
  for (let found = next(newest); found !== null && found <= end; found = next(newest)) {
    newest = found;
    const middle = Math.floor((newest + end) / 2);
    const later = next(middle);
    if (later !== null && later <= end) newest = later;
    else end = middle;
  }
  return newest;
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
