/**
 * The slots of a schedule: the moments at which a job is due. They follow from the schedule alone, so the next one is the
 * same whenever and however often it is asked for. Pure.
 */
import { Cron } from "croner";
import { assertNever } from "../../protocol/assert.ts";
import type { Schedule } from "../../protocol/jobs.ts";

/** The first slot after a moment (epoch ms); null: there is none any more. */
export type NextSlot = (after: number) => number | null;

/** The first slot after `after`. Throws if a stored expression cannot be read. */
export function nextSlot(schedule: Schedule, after: number): number | null {
  return slotsOf(schedule)(after);
}

/** The same for many questions: reading an expression takes longer than asking it. */
export function slotsOf(schedule: Schedule): NextSlot {
  switch (schedule.kind) {
    case "at":
      return (after) => (schedule.at > after ? schedule.at : null);
    case "every": {
      const { everyMs, anchorMs } = schedule;
      return (after) =>
        after < anchorMs ? anchorMs : anchorMs + (Math.floor((after - anchorMs) / everyMs) + 1) * everyMs;
    }
    case "cron": {
      const { expr, tz, staggerMs } = schedule;
      const cron = readCron(expr, tz);
      return (after) => {
        const next = cron.nextRun(new Date(after - staggerMs));
        return next === null ? null : next.getTime() + staggerMs;
      };
    }
    default:
      return assertNever(schedule);
  }
}

/**
 * An expression in its time zone. Throws if it is none. Days of the month and of the week are either-or, `+` before the
 * weekdays makes it both. Fixed times that the clock jumps over come right after the jump, and one that it shows twice
 * comes once; what has `*` in its hours, minutes or seconds follows the clock as it runs.
 */
export function readCron(expr: string, tz: string): Cron {
  return new Cron(expr, { paused: true, timezone: tz, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" });
}
