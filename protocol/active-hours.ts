/** Hours of the day in which a heartbeat may come, such as `08:00-22:00` or `22:00-02:00 Europe/Berlin`. Pure. */
import { minutesOfDay, timezoneProblem } from "./setting-checks.ts";
import { startOfDay, wallAt } from "./wall-clock.ts";

export type ActiveHours = {
  /** Minutes since midnight: the first one in it, and the first one after it. Equal: none is in it. */
  readonly from: number;
  readonly to: number;
  /** IANA name; null: that of the agent. */
  readonly timezone: string | null;
};

const FORM = /^(\S{4,5})\s*[-–]\s*(\S{4,5})(?:\s+(\S+))?$/;
const MIDNIGHT = 24 * 60;
const PROBLEM = "must be hours such as 08:00-22:00, or 08:00-22:00 Europe/Berlin";

/** The hours that a text means; null: none (`activeHoursProblem` says why). */
export function readActiveHours(text: string): ActiveHours | null {
  const [, start = "", end = "", timezone] = FORM.exec(text.trim()) ?? [];
  const from = minutesOfDay(start);
  const to = end === "24:00" ? MIDNIGHT : minutesOfDay(end);
  if (from === null || to === null) return null;
  if (timezone !== undefined && timezoneProblem(timezone) !== null) return null;
  return { from, to, timezone: timezone ?? null };
}

/** What is wrong with a text that should be such hours; null: nothing. */
export function activeHoursProblem(text: string): string | null {
  if (readActiveHours(text) !== null) return null;
  const [, , , timezone] = FORM.exec(text.trim()) ?? [];
  return timezone === undefined || timezoneProblem(timezone) === null
    ? PROBLEM
    : `names a zone that there is not; it ${PROBLEM}`;
}

/** Whether a moment lies in the hours: their beginning does, their end does not. They can go past midnight. */
export function isWithin({ from, to, timezone }: ActiveHours, at: number, agentTimezone: string): boolean {
  const minute = minuteOfDay(at, timezone ?? agentTimezone);
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

function minuteOfDay(at: number, timezone: string): number {
  const wall = wallAt(at, timezone);
  return Math.floor((wall - startOfDay(wall)) / 60_000);
}
