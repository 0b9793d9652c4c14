/** Schedules and times of jobs in words, as people read them in chat and on the command line. Pure. */
import type { Language } from "./access.ts";
import { assertNever } from "./assert.ts";
import { formatDistance, formatDuration } from "./duration.ts";
import type { Schedule } from "./jobs.ts";
import { inlineCode } from "./texts/inline-code.ts";
import type { JobTexts } from "./texts/jobs.ts";
import { formatTime, textsFor } from "./texts/language.ts";

/** Longest expression that is shown whole; the bound of `scheduleInput`. */
const EXPRESSION_MAX = 200;

/** `once, Dec 1, 2026, 9:00 AM (Europe/Berlin)`, `every 30 minutes`, `daily at 08:00 (Europe/Berlin)`. */
export function scheduleText(schedule: Schedule, timezone: string, language: Language): string {
  const { schedule: texts } = textsFor(language).jobs;
  switch (schedule.kind) {
    case "at":
      return texts.inZone(texts.once(formatTime(schedule.at, timezone, language)), timezone);
    case "every":
      return everyText(schedule.everyMs, language);
    case "cron":
      return texts.inZone(cronText(schedule.expr, texts, language), schedule.tz);
    default:
      return assertNever(schedule);
  }
}

/** `Dec 1, 2026, 9:00 AM (in 20 minutes)`. */
export function momentText(at: number, now: number, timezone: string, language: Language): string {
  return `${formatTime(at, timezone, language)} (${formatDistance(at, now, language)})`;
}

type Words = JobTexts["schedule"];

/** `every minute`, `every 30 minutes`. */
export function everyText(everyMs: number, language: Language): string {
  const texts = textsFor(language).jobs.schedule;
  switch (everyMs) {
    case 60_000:
      return texts.everyOne.minute;
    case 3_600_000:
      return texts.everyOne.hour;
    case 86_400_000:
      return texts.everyOne.day;
    default:
      return texts.every(formatDuration(everyMs, language));
  }
}

/** The usual expressions in words, all others as they are written. */
function cronText(expr: string, texts: Words, language: Language): string {
  const fields = expr.trim().split(/\s+/u);
  const inFull = texts.expression(inlineCode(expr, EXPRESSION_MAX));
  if (fields.length !== 5) return inFull;
  const [minute = "", hour = "", ...days] = fields;
  if (hour === "*" && days.every((field) => field === "*")) return hourText(minute, texts, language) ?? inFull;
  if (!isNumber(minute, 59) || !isNumber(hour, 23)) return inFull;
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  return dayText(days, time, texts, language) ?? inFull;
}

/** Each hour, or every few minutes of it. */
function hourText(minute: string, texts: Words, language: Language): string | null {
  if (isNumber(minute, 59)) return texts.hourly(String(Number(minute)));
  const step = Number(/^\*\/(\d{1,2})$/u.exec(minute)?.[1] ?? 0);
  return step > 0 && 60 % step === 0 ? everyText(step * 60_000, language) : null;
}

function dayText(
  [day = "", month = "", weekday = ""]: readonly string[],
  time: string,
  texts: Words,
  language: Language,
) {
  if (month !== "*") return null;
  if (day === "*") return weekText(weekday, time, texts, language);
  const isDay = weekday === "*" && isNumber(day, 31) && Number(day) > 0;
  return isDay ? texts.monthly(String(Number(day)), time) : null;
}

const NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Null: no plain list of days. */
function weekText(weekday: string, time: string, texts: Words, language: Language): string | null {
  const days = daysOf(weekday.toLowerCase());
  if (weekday === "*" || days?.length === 7) return texts.daily(time);
  if (days === null) return null;
  if (days.join() === "1,2,3,4,5") return texts.weekdays(time);
  if (days.join() === "0,6") return texts.weekends(time);
  // From Monday on, as people count them.
  const inOrder = days.toSorted((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  const names = inOrder.map((number) => dayName(number, language));
  return texts.onDays(new Intl.ListFormat(language).format(names), time);
}

/** The days of a list such as `1-5` or `mon,wed`, in order; null: something else is in it. */
function daysOf(field: string): readonly number[] | null {
  const days = field.split(",").map((item) => {
    const [from, to, ...more] = item.split("-").map(dayNumber);
    if (from === undefined || from === null || to === null || more.length > 0) return null;
    const last = to ?? from;
    return last < from ? null : Array.from({ length: last - from + 1 }, (_, index) => (from + index) % 7);
  });
  const known = days.filter((day) => day !== null);
  return known.length < days.length ? null : [...new Set(known.flat())].toSorted((a, b) => a - b);
}

function dayNumber(text: string): number | null {
  const named = NAMES.indexOf(text);
  if (named >= 0) return named;
  return isNumber(text, 7) ? Number(text) : null;
}

/** The 4th of January 1970 was a Sunday. */
function dayName(number: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format((number + 3) * 86_400_000);
}

function isNumber(text: string, max: number): boolean {
  return /^\d{1,2}$/u.test(text) && Number(text) <= max;
}
