/** What somebody writes as a schedule becomes one, or is refused in words that say what to do. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import type { Schedule, ScheduleInput } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import { timezoneProblem } from "../../protocol/setting-checks.ts";
import { nextSlot, readCron } from "./next-slot.ts";
import { isEveryFullHour, staggerOf } from "./stagger.ts";

/** Whose schedule it is, and when and where it is written. */
export type ScheduleFrame = { readonly jobId: string; readonly now: number; readonly timezone: string };

/** `2026-11-23`, `2026-11-23T08:00`, with seconds, fractions and a zone as one likes. */
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;
const FROM_NOW = /^(?:in\s+)?(?:(\d{1,6})d)?\s*(?:(\d{1,6})h)?\s*(?:(\d{1,6})m)?\s*(?:(\d{1,8})s)?$/i;

/** The error is one English sentence. */
export function readSchedule(input: ScheduleInput, frame: ScheduleFrame): Result<Schedule, string> {
  switch (input.kind) {
    case "at":
      return readAt(input.at, frame.now);
    case "every":
      return readEvery(input, frame.now);
    case "cron":
      return readExpression(input, frame);
    default:
      return assertNever(input);
  }
}

function readAt(text: string, now: number): Result<Schedule, string> {
  const at = readTimeFromNow(text.trim(), now) ?? readMoment(text.trim());
  if (at === null)
    return err("The time is a duration from now such as 20m, or ISO 8601 such as 2026-12-01T08:00+01:00.");
  if (at <= now) return err("That time is over; without an offset a time is UTC.");
  if (at - now > JOB_BOUNDS.aheadMaxMs) return err("A job can be planned at most ten years ahead.");
  return ok({ kind: "at", at });
}

function readTimeFromNow(text: string, now: number): number | null {
  const [found, days, hours, minutes, seconds] = FROM_NOW.exec(text) ?? [];
  if (!found) return null;
  const whole = [days, hours, minutes, seconds].map((part = "0") => Number(part));
  const [d = 0, h = 0, m = 0, s = 0] = whole;
  return now + (((d * 24 + h) * 60 + m) * 60 + s) * 1000;
}

function readMoment(text: string): number | null {
  const [found, day = "", time = "00:00", seconds = "00", zone = "Z"] = MOMENT.exec(text) ?? [];
  if (found === undefined) return null;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // JavaScript takes the 30th of February for the 2nd of March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return null;
  const at = Date.parse(`${day}T${time}:${seconds}${fullOffset(zone)}`);
  return Number.isNaN(at) ? null : at;
}

/** `+01` and `+0100` as `+01:00`. */
function fullOffset(zone: string): string {
  const [, sign, hours, minutes = "00"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return sign === undefined || hours === undefined ? "Z" : `${sign}${hours}:${minutes}`;
}

type Every = Extract<ScheduleInput, { kind: "every" }>;

function readEvery({ everyMs, anchorMs: wish }: Every, now: number): Result<Schedule, string> {
  if (everyMs < JOB_BOUNDS.everyMinMs) return err(TOO_CLOSE);
  if (everyMs > JOB_BOUNDS.aheadMaxMs) return err("The pause between two runs can be ten years at most.");
  const anchorMs = wish ?? now;
  if (anchorMs - now > JOB_BOUNDS.aheadMaxMs) return err("A job can be planned at most ten years ahead.");
  return ok({ kind: "every", everyMs, anchorMs });
}

type Expression = Extract<ScheduleInput, { kind: "cron" }>;

function readExpression({ expr, tz, staggerMs }: Expression, frame: ScheduleFrame): Result<Schedule, string> {
  const zone = tz ?? frame.timezone;
  const problem = timezoneProblem(zone);
  if (problem !== null) return err(`The time zone ${problem}.`);
  const windowMs = staggerMs ?? (isEveryFullHour(expr) ? JOB_BOUNDS.staggerMaxMs : 0);
  if (windowMs > JOB_BOUNDS.staggerMaxMs) return err("A job can be staggered by five minutes at most.");
  const trimmed = expr.trim();
  if (!isReadable(trimmed, zone)) {
    return err(`${wrongFieldText(trimmed)}The expression has ${FIELDS}, or six with seconds before them.`);
  }
  const schedule: Schedule = { kind: "cron", expr: trimmed, tz: zone, staggerMs: staggerOf(frame.jobId, windowMs) };
  const spacing = findSpacing(schedule, frame.now);
  if (spacing === null) return err("That never comes.");
  return spacing < JOB_BOUNDS.everyMinMs ? err(TOO_CLOSE) : ok(schedule);
}

const TOO_CLOSE = "Runs must be at least a minute apart.";

const FIELDS = "five fields (minute hour day month weekday)";
const RANGES: readonly (readonly [string, string])[] = [
  ["second", "0 to 59"],
  ["minute", "0 to 59"],
  ["hour", "0 to 23"],
  ["day", "1 to 31"],
  ["month", "1 to 12 or JAN to DEC"],
  ["weekday", "0 to 7 or SUN to SAT"],
];

/** Says which field can be none, the first one; empty: there are too few or too many of them. */
function wrongFieldText(expr: string): string {
  const fields = expr.split(/\s+/u);
  const ranges = RANGES.slice(RANGES.length - fields.length);
  if (fields.length < 5 || ranges.length < fields.length) return "";
  const wrong = fields.findIndex(
    (field, at) => !isReadable(fields.map((_, other) => (other === at ? field : "*")).join(" "), "UTC"),
  );
  const [name, range] = ranges[wrong] ?? [];
  return name === undefined ? "" : `The ${name} "${fields[wrong]}" is none: it goes from ${range}. `;
}

function isReadable(expr: string, tz: string): boolean {
  try {
    readCron(expr, tz);
    return true;
  } catch {
    return false;
  }
}

/**
 * The shortest time between the next three slots; null: there is no slot. All slots have their second from the same
 * field, so if two can be closer than a minute, two of any three are.
 */
function findSpacing(schedule: Schedule, now: number): number | null {
  const first = nextSlot(schedule, now);
  if (first === null) return null;
  const second = nextSlot(schedule, first) ?? Infinity;
  const third = second === Infinity ? Infinity : (nextSlot(schedule, second) ?? Infinity);
  return Math.min(second - first, third === Infinity ? Infinity : third - second);
}
