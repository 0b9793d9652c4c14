/**
 * The slots of a cron expression, minute by minute of a year: slow, plain, and with nothing of the code under test.
 * Knows numbers, names of weekdays, lists, ranges, steps, `*`, and `+` before the weekdays.
 */
import { MINUTE_MS, type WallClock } from "./wall-clocks.ts";

const DAY_MINUTES = 1_440;
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

type Matcher = { readonly isFixed: boolean; readonly seconds: readonly number[]; matches: (wall: number) => boolean };

/** All slots in (from, to), both epoch ms and whole minutes. */
export function expectedSlots(expr: string, clock: WallClock, from: number, to: number): readonly number[] {
  const { isFixed, seconds, matches } = readExpression(expr);
  const slots = new Set<number>();
  let offset = clock.offsetAtStart;
  const changes = [...clock.changes];
  /** Until here the clock shows what it has shown before. */
  let repeatsUntil = 0;
  for (let at = from; at < to; at += MINUTE_MS) {
    const change = changes[0];
    if (change && at >= change.at) {
      changes.shift();
      offset = change.after;
      repeatsUntil = change.at + Math.max(0, change.before - change.after) * MINUTE_MS;
      if (isFixed && skippedWalls(change).some(matches)) slots.add(change.at);
    }
    if ((isFixed && at < repeatsUntil) || !matches(at / MINUTE_MS + offset)) continue;
    for (const second of seconds) slots.add(at + second * 1_000);
  }
  return [...slots].filter((slot) => slot > from).sort((a, b) => a - b);
}

function readExpression(expr: string): Matcher {
  const fields = expr.split(" ");
  const [second = "", minute = "", hour = "", monthDay = "", month = "", weekday = ""] =
    fields.length === 6 ? fields : ["0", ...fields];
  const [minutes, hours] = [read(minute, 0, 59), read(hour, 0, 23)];
  const isMinute = Array.from({ length: 60 }, (_, index) => minutes.has(index));
  const isHour = Array.from({ length: 24 }, (_, index) => hours.has(index));
  const isDay = dayMatcher(monthDay, month, weekday);
  return {
    isFixed: ![second, minute, hour].some((field) => /[*/]/.test(field)),
    seconds: [...read(second, 0, 59)],
    matches: (wall) =>
      isMinute[wall % 60] === true &&
      isHour[Math.floor(wall / 60) % 24] === true &&
      isDay(Math.floor(wall / DAY_MINUTES)),
  };
}

/** The minutes that the clock does not show when it is put forward. */
function skippedWalls({ at, before, after }: { at: number; before: number; after: number }): number[] {
  const first = at / MINUTE_MS + before;
  return Array.from({ length: Math.max(0, after - before) }, (_, index) => first + index);
}

function dayMatcher(monthDay: string, month: string, weekday: string): (day: number) => boolean {
  const isBoth = weekday.startsWith("+");
  const names = weekday.replace("+", "").replace(/[A-Z]{3}/g, (name) => String(WEEKDAYS.indexOf(name)));
  const [monthDays, months, weekdays] = [read(monthDay, 1, 31), read(month, 1, 12), read(names, 0, 6)];
  const isEither = monthDay !== "*" && weekday !== "*" && !isBoth;
  const known = new Map<number, boolean>();
  const judge = (day: number) => {
    const date = new Date(day * DAY_MINUTES * MINUTE_MS);
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const [isMonthDay, isWeekday] = [monthDays.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
    return isEither ? isMonthDay || isWeekday : isMonthDay && isWeekday;
  };
  return (day) => {
    const answer = known.get(day) ?? judge(day);
    known.set(day, answer);
    return answer;
  };
}

function read(field: string, least: number, most: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [first = "", last = first] = range.split("-");
    const [low, high] = range === "*" ? [least, most] : [Number(first), Number(last)];
    for (let value = low; value <= high; value += Number(step)) values.add(value);
  }
  return values;
}
