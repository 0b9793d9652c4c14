/** When a job is to run, as people type it: `in 20m`, `daily 08:00`, `cron "0 7 * * 1-5"`. Pure. */
import { assertNever } from "./assert.ts";
import { takeDate, takeInstant, takeTime } from "./clock-text.ts";
import { type Taken, takeDuration } from "./duration.ts";
import type { ScheduleInput } from "./jobs.ts";
import { JOB_BOUNDS } from "./own-work-bounds.ts";
import { err, ok, type Result } from "./result.ts";
import { DAY_MS, firstInstantOf, startOfDay, wallAt } from "./wall-clock.ts";

/** `minutes`: since midnight, as clocks of the owner's zone show it. */
export type When =
  | { readonly kind: "in"; readonly ms: number }
  /** `date`: its midnight as if it were UTC; a count of days from today; null: as soon as it is that time. */
  | { readonly kind: "at"; readonly date: number | { readonly daysAhead: number } | null; readonly minutes: number }
  /** With an offset: the same everywhere. Epoch ms. */
  | { readonly kind: "instant"; readonly at: number }
  | { readonly kind: "every"; readonly everyMs: number }
  | { readonly kind: "cron"; readonly expr: string };

/** `unknown`: it begins with no word for a time. The others: it does, and then comes nothing of the kind. */
export type WhenProblem = "unknown" | "bad_duration" | "bad_time" | "bad_date" | "bad_cron";
export type ScheduleProblem = "past" | "too_far" | "too_often";

type Read = { readonly when: When; readonly rest: string };
type Outcome = Result<Read, WhenProblem>;

const READERS: readonly (readonly [RegExp, (after: string) => Outcome])[] = [
  [/^in$/iu, takeIn],
  [/^(?:at|on|um|am)$/iu, takeAt],
  [/^(?:today|heute)$/iu, (after) => takeDay(after, 0)],
  [/^(?:tomorrow|morgen)$/iu, (after) => takeDay(after, 1)],
  [/^(?:every|each|alle|jeden?)$/iu, takeEvery],
  [/^cron$/iu, takeCron],
];

/** The time that a text begins with, and what follows it. */
export function takeWhen(text: string): Outcome {
  const [found, word = ""] = /^(\p{L}+)(?:\s+|$)/u.exec(text) ?? [];
  if (found === undefined) return err("unknown");
  const after = text.slice(found.length);
  const reader = READERS.find(([words]) => words.test(word))?.[1];
  return reader === undefined ? takeDaysOfWeek(word, after) : reader(after);
}

/** What it means for an owner at a time. */
export function scheduleOf(
  when: When,
  { now, timezone }: { readonly now: number; readonly timezone: string },
): Result<ScheduleInput, ScheduleProblem> {
  switch (when.kind) {
    case "in":
      return once(now + when.ms, now);
    case "instant":
      return once(when.at, now);
    case "at":
      return once(instantOf(when, now, timezone), now);
    case "every":
      if (when.everyMs < JOB_BOUNDS.everyMinMs) return err("too_often");
      return when.everyMs > JOB_BOUNDS.aheadMaxMs ? err("too_far") : ok({ kind: "every", everyMs: when.everyMs });
    case "cron":
      return ok({ kind: "cron", expr: when.expr, tz: timezone });
    default:
      return assertNever(when);
  }
}

function once(at: number, now: number): Result<ScheduleInput, ScheduleProblem> {
  if (at <= now) return err("past");
  return at - now > JOB_BOUNDS.aheadMaxMs ? err("too_far") : ok({ kind: "at", at: new Date(at).toISOString() });
}

function instantOf({ date, minutes }: Extract<When, { kind: "at" }>, now: number, timezone: string): number {
  const today = startOfDay(wallAt(now, timezone));
  const on = (day: number) => firstInstantOf(day + minutes * 60_000, timezone);
  if (typeof date === "number") return on(date);
  if (date !== null) return on(today + date.daysAhead * DAY_MS);
  return on(today) > now ? on(today) : on(today + DAY_MS);
}

function takeIn(text: string): Outcome {
  const taken = takeDuration(text);
  const rest = taken === null ? null : textAfter(taken.rest);
  return taken === null || rest === null ? err("bad_duration") : ok({ when: { kind: "in", ms: taken.ms }, rest });
}

const EVERY_ONE: readonly (readonly [RegExp, number])[] = [
  [/^minute(?=[\s,;:.]|$)/iu, 60_000],
  [/^hour(?=[\s,;:.]|$)/iu, 3_600_000],
];

/** `every day at 8:00` is daily, and `every monday 9:00` weekly. */
function takeEvery(text: string): Outcome {
  const taken = takeDuration(text) ?? takeOne(text);
  const rest = taken === null ? null : textAfter(taken.rest);
  if (taken !== null && rest !== null) return ok({ when: { kind: "every", everyMs: taken.ms }, rest });
  const [found, word = ""] = /^(\p{L}+)\s+/u.exec(text) ?? [];
  if (found === undefined) return err("bad_duration");
  const days = takeDaysOfWeek(word, text.slice(found.length));
  return days.ok || days.error !== "unknown" ? days : err("bad_duration");
}

function takeOne(text: string): Taken | null {
  for (const [unit, ms] of EVERY_ONE) {
    const [found] = unit.exec(text) ?? [];
    if (found !== undefined) return { ms, rest: text.slice(found.length) };
  }
  return null;
}

function takeDay(text: string, daysAhead: number): Outcome {
  return takeTimeOn({ daysAhead }, text);
}

const AT = /^(?:at|um)\s+/iu;

/** A moment with its offset, a date and a time, or only a time. */
function takeAt(text: string): Outcome {
  const instant = takeInstant(text);
  if (instant === "none") return err("bad_date");
  if (instant !== null) return ok({ when: { kind: "instant", at: instant.at }, rest: instant.rest });
  const [tomorrow] = /^(?:tomorrow|morgen)\s+/iu.exec(text) ?? [];
  if (tomorrow !== undefined) return takeDay(text.slice(tomorrow.length), 1);
  const date = takeDate(text);
  if (date === "none") return err("bad_date");
  return date === null ? takeTimeOn(null, text) : takeTimeOn(date.date, date.rest);
}

function takeTimeOn(date: Extract<When, { kind: "at" }>["date"], text: string): Outcome {
  const time = takeTime(text.replace(AT, ""));
  return time === null ? err("bad_time") : ok({ when: { kind: "at", date, minutes: time.minutes }, rest: time.rest });
}

/** Straight quotes, or the curly ones that keyboards of phones make of them. */
const QUOTED = /^["'“”„‘’]([^"'“”„‘’]*)["'“”„‘’]\s*/u;
/** Without quotes only what can be nothing else: five fields of numbers and signs. */
const BARE = /^((?:[\d*/,-]+\s+){4}[\d*/,-]+)(?:\s+|$)/u;

function takeCron(text: string): Outcome {
  const [found, expr = ""] = QUOTED.exec(text) ?? BARE.exec(text) ?? [];
  const fields = expr.trim().split(/\s+/u).length;
  if (found === undefined || fields < 5 || fields > 6) return err("bad_cron");
  return ok({ when: { kind: "cron", expr: expr.trim() }, rest: text.slice(found.length).trim() });
}

const DAYS: readonly (readonly [RegExp, string])[] = [
  [/^(?:daily|day|täglich|tag)$/, "*"],
  [/^(?:weekdays?|workdays?|werktags?|wochentags?)$/, "1-5"],
  [/^(?:weekends?|wochenende?n?)$/, "0,6"],
  [/^(?:mon|mondays?|montags?)$/, "1"],
  [/^(?:tue|tuesdays?|dienstags?)$/, "2"],
  [/^(?:wed|wednesdays?|mittwochs?)$/, "3"],
  [/^(?:thu|thursdays?|donnerstags?)$/, "4"],
  [/^(?:fri|fridays?|freitags?)$/, "5"],
  [/^(?:sat|saturdays?|samstags?|sonnabends?)$/, "6"],
  [/^(?:sun|sundays?|sonntags?)$/, "0"],
];

function takeDaysOfWeek(word: string, after: string): Outcome {
  const days = DAYS.find(([names]) => names.test(word.toLowerCase()))?.[1];
  if (days === undefined) return err("unknown");
  const time = takeTime(after.replace(AT, ""));
  if (time === null) return err("bad_time");
  const expr = `${time.minutes % 60} ${Math.floor(time.minutes / 60)} * * ${days}`;
  return ok({ when: { kind: "cron", expr }, rest: time.rest });
}

/** What follows a duration; null: it does not end there, as in `20m²`. */
function textAfter(rest: string): string | null {
  return rest === "" || /^[\s,;:.]/u.test(rest) ? rest.replace(/^[\s,;:.]+/u, "").trim() : null;
}
