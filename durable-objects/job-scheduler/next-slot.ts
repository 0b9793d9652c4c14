/**
 * The slots of a schedule: the moments at which a job is due. They follow from the schedule alone, so the next one is the
 * same whenever and however often it is asked for. Pure.
 */
import { Cron } from "croner";
import { assertNever } from "../../protocol/assert.ts";
import type { Schedule } from "../../protocol/jobs.ts";

/** The first slot after `after` (epoch ms); null: there is none any more. Throws if a stored expression cannot be read. */
export function nextSlot(schedule: Schedule, after: number): number | null {
  switch (schedule.kind) {
    case "at":
      return schedule.at > after ? schedule.at : null;
    case "every": {
      const { everyMs, anchorMs } = schedule;
      if (after < anchorMs) return anchorMs;
      return anchorMs + (Math.floor((after - anchorMs) / everyMs) + 1) * everyMs;
    }
    case "cron": {
      const { expr, tz, staggerMs } = schedule;
      const next = readCron(expr, tz).nextRun(new Date(after - staggerMs));
      return next === null ? null : next.getTime() + staggerMs;
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
