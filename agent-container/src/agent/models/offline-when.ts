/** Times as people say them in a sentence, looser than `protocol/job-when.ts`: `at 9`, `in half an hour`, `tomorrow morning`. Pure. */
import { scheduleOf, type ScheduleProblem, takeWhen, type When } from "../../../../protocol/job-when.ts";
import type { ScheduleInput } from "../../../../protocol/jobs.ts";
import type { Result } from "../../../../protocol/result.ts";
import { takeDayTime } from "./offline-day-time.ts";
import { type Clock, lengthInDigits } from "./offline-numbers.ts";

/** `fromNowMs`: it was said as a time from now; null: as a time of its own. */
export type TimeSaid = {
  readonly schedule: Result<ScheduleInput, ScheduleProblem>;
  readonly fromNowMs: number | null;
  /** No hour was said, only a part of the day. */
  readonly isAbout: boolean;
  readonly rest: string;
};

/** The time that a text begins with, and what follows it; null: it begins with none. */
export function takeTimeSaid(text: string, clock: Clock): TimeSaid | null {
  const read = takeDayTime(text, clock) ?? takeLength(lengthInDigits(text));
  if (read === null) return null;
  const fromNowMs = read.when.kind === "in" ? read.when.ms : null;
  return {
    schedule: scheduleOf(read.when, clock),
    fromNowMs,
    isAbout: read.isAbout,
    rest: read.rest.replace(/^[\s,;.]+/u, "").trim(),
  };
}

/** A word alone that is a time for `/cron` may be one of another sentence here. */
const LENGTH = /^(?:in|every|each|alle|jede[nrs]?|at|on|am|um|cron)\s/iu;

function takeLength(text: string): { readonly when: When; readonly isAbout: boolean; readonly rest: string } | null {
  const taken = LENGTH.test(text) ? takeWhen(text) : null;
  return taken?.ok ? { ...taken.value, isAbout: false } : null;
}
