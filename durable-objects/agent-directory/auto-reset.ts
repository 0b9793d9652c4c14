/** When a conversation begins anew by itself: after a time of the day, or after a pause. Pure. */
import { minutesOfDay } from "../../protocol/setting-checks.ts";

export type ResetRules = {
  /** `HH:MM` in the time zone; null: never by the time of the day. */
  readonly dailyReset: string | null;
  /** Null: never for a pause. */
  readonly idleResetMinutes: number | null;
  readonly timezone: string;
};

/** Times of a conversation, epoch ms; null: not known. */
export type Life = { readonly beganAt: number | null; readonly activeAt: number | null };

/** Whether the next message of a person is to begin the conversation anew. One in which nothing was said goes on. */
export function isExpired({ beganAt, activeAt }: Life, rules: ResetRules, now: number): boolean {
  const { dailyReset, idleResetMinutes, timezone } = rules;
  if (activeAt === null) return false;
  if (idleResetMinutes !== null && now - activeAt >= idleResetMinutes * 60_000) return true;
  return dailyReset !== null && (beganAt ?? activeAt) < lastTimeOfDay(dailyReset, timezone, now);
}

const DAY_MS = 86_400_000;

/**
 * When it last was `HH:MM` in a time zone, at `now` or before. Once a day: of a time that a clock shows twice the first
 * counts, and one that it leaves out is where it jumps.
 */
export function lastTimeOfDay(time: string, timezone: string, now: number): number {
  const today = startOfDay(wallAt(now, timezone)) + (minutesOfDay(time) ?? 0) * 60_000;
  const reached = firstInstantOf(today, timezone);
  return reached <= now ? reached : firstInstantOf(today - DAY_MS, timezone);
}

/** The first instant at which clocks of the time zone show `wall` (as if it were UTC) or have left it out. */
function firstInstantOf(wall: number, timezone: string): number {
  // No clock is changed twice within two days.
  const before = offsetAt(wall - DAY_MS, timezone);
  const after = offsetAt(wall + DAY_MS, timezone);
  const isShown = (instant: number) => wallAt(instant, timezone) === wall;
  const candidates = [wall - before, wall - after].toSorted((a, b) => a - b);
  return candidates.find(isShown) ?? jumpBetween(wall - after, wall - before, timezone);
}

/** The first instant after `from` with the offset that there is at `to`. */
function jumpBetween(from: number, to: number, timezone: string): number {
  const wanted = offsetAt(to, timezone);
  let [early, late] = [from, to];
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (offsetAt(middle, timezone) === wanted) late = middle;
    else early = middle;
  }
  return late;
}

function startOfDay(wall: number): number {
  return Math.floor(wall / DAY_MS) * DAY_MS;
}

/** What clocks of the time zone show, as if it were UTC. */
function wallAt(instant: number, timezone: string): number {
  return instant + offsetAt(instant, timezone);
}

function offsetAt(instant: number, timezone: string): number {
  const parts = formatOf(timezone).formatToParts(instant);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return wall - Math.floor(instant / 1_000) * 1_000;
}

/** Making one takes far longer than using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, format);
  return format;
}
