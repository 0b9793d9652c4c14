/** Days, parts of days and times of the day in the words of people, in any order: `tomorrow morning`, `um halb neun`, `at 8 every monday`. Pure. */
import { takeDate } from "../../../../protocol/clock-text.ts";
import type { When } from "../../../../protocol/job-when.ts";
import { DAY_MS, startOfDay, wallAt } from "../../../../protocol/wall-clock.ts";
import { type Clock, HOUR, NUMBER, numberOf } from "./offline-numbers.ts";

/** `isAbout`: no hour was said, only a part of the day. */
export type DayTime = { readonly when: When; readonly isAbout: boolean; readonly rest: string };

type Part = "morning" | "noon" | "afternoon" | "evening" | "night";
type Day =
  | { readonly kind: "date"; readonly date: number }
  | { readonly kind: "weekday"; readonly weekday: number }
  | { readonly kind: "each"; readonly days: string };
type Hour = { readonly minutes: number; readonly isExact: boolean };
type Found = { readonly day?: Day; readonly part?: Part; readonly hour?: Hour };
type Taken = { readonly found: Found; readonly rest: string };

/** When nothing but a part of the day was said. Hours. */
const USUAL: Readonly<Record<Part, number>> = { morning: 8, noon: 12, afternoon: 15, evening: 19, night: 21 };

/** The time that a text begins with; null: it begins with none, or with one that makes no sense. */
export function takeDayTime(text: string, clock: Clock): DayTime | null {
  const { found, rest } = takeAll(text, {}, startOfDay(wallAt(clock.now, clock.timezone)));
  if (found.hour === undefined && found.part === undefined) return null;
  const minutes = minutesOf(found);
  if (minutes === null) return null;
  return { when: whenOf(found.day, minutes, clock), isAbout: found.hour === undefined, rest };
}

function takeAll(text: string, found: Found, today: number): Taken {
  const rest = text.replace(/^[\s,]+/u, "");
  const next =
    (found.day === undefined ? takeDay(rest, today) : null) ??
    (found.part === undefined ? takePart(rest, found.day !== undefined) : null) ??
    (found.hour === undefined ? takeHour(rest) : null);
  return next === null ? { found, rest: text } : takeAll(next.rest, { ...found, ...next.found }, today);
}

const END = "(?![\\p{L}\\d:])";
const WEEKDAYS = [
  "sun(?:day)?|sonntag",
  "mon(?:day)?|montag",
  "tue(?:sday)?|dienstag",
  "wed(?:nesday)?|mittwoch",
  "thu(?:rsday)?|donnerstag",
  "fri(?:day)?|freitag",
  "sat(?:urday)?|samstag|sonnabend",
];
const EVERY = "(?:every|each|jeden?)\\s+";
const PART_BEHIND = "morgen|vormittag|mittag|nachmittag|abend|nacht";
const ONE_DAY = WEEKDAYS.map(
  (name) =>
    new RegExp(
      `^(?:(?:on|next|this|am|nächsten?|kommenden|diesen)\\s+)?(?:${name})(?:${END}|(?=${PART_BEHIND}))`,
      "iu",
    ),
);
const EACH: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(
      `^(?:daily|täglich|${EVERY}(?:day|tag)|(?:every|each)(?=\\s+(?:morning|noon|afternoon|evening|night)))${END}`,
      "iu",
    ),
    "*",
  ],
  [new RegExp(`^(?:jeden(?=\\s+(?:${PART_BEHIND})))${END}`, "iu"), "*"],
  [
    new RegExp(
      `^(?:(?:on\\s+)?(?:weekdays|workdays)|werktags|wochentags|${EVERY}(?:weekday|workday|werktag))${END}`,
      "iu",
    ),
    "1-5",
  ],
  [new RegExp(`^(?:(?:on\\s+)?weekends|${EVERY}(?:weekend|wochenende))${END}`, "iu"), "0,6"],
  ...WEEKDAYS.map(
    (name, weekday) =>
      [new RegExp(`^(?:(?:on\\s+)?(?:${name})s|${EVERY}(?:${name})s?)${END}`, "iu"), String(weekday)] as const,
  ),
];
const AHEAD: readonly (readonly [RegExp, number])[] = [
  [new RegExp(`^(?:today|heute|tonight|this(?=\\s+(?:morning|afternoon|evening)))${END}`, "iu"), 0],
  [new RegExp(`^(?:tomorrow|morgen)${END}`, "iu"), 1],
  [new RegExp(`^(?:(?:the\\s+)?day after tomorrow|übermorgen)${END}`, "iu"), 2],
];
const IN_DAYS = new RegExp(`^in\\s+(${NUMBER})\\s+(days?|tage?n?|weeks?|wochen?)${END}`, "iu");
const SHORT_DATE = /^(\d{1,2})\.\s?(\d{1,2})\.(?!\d)/u;

function takeDay(text: string, today: number): Taken | null {
  for (const [pattern, days] of EACH) {
    const each = pattern.exec(text);
    if (each) return taken({ day: { kind: "each", days } }, text, each[0]);
  }
  for (const [pattern, count] of AHEAD) {
    const [ahead] = pattern.exec(text) ?? [];
    if (ahead === undefined) continue;
    const isTonight = ahead.toLowerCase() === "tonight";
    return taken({ day: dateOf(today, count), ...(isTonight && { part: "evening" as const }) }, text, ahead);
  }
  for (const [weekday, pattern] of ONE_DAY.entries()) {
    const one = pattern.exec(text);
    if (one) return taken({ day: { kind: "weekday", weekday } }, text, one[0]);
  }
  return takeInDays(text, today) ?? takeDateSaid(text, today);
}

function takeInDays(text: string, today: number): Taken | null {
  const [found, count = "", unit = ""] = IN_DAYS.exec(text) ?? [];
  if (found === undefined) return null;
  const days = numberOf(count) * (/^w/iu.test(unit) ? 7 : 1);
  return Number.isInteger(days) ? taken({ day: dateOf(today, days) }, text, found) : null;
}

/** A date without a year is the next one. */
function takeDateSaid(text: string, today: number): Taken | null {
  const [lead = ""] = /^(?:on|am)\s+/iu.exec(text) ?? [];
  const said = text.slice(lead.length);
  const whole = takeDate(said);
  if (whole === "none") return null;
  if (whole !== null) return { found: { day: { kind: "date", date: whole.date } }, rest: whole.rest };
  const [found, day = "", month = ""] = SHORT_DATE.exec(said) ?? [];
  if (found === undefined) return null;
  const year = new Date(today).getUTCFullYear();
  const dates = [year, year + 1].map((one) => takeDate(`${day}.${month}.${one}`));
  const next = dates.find((one) => one !== null && one !== "none" && one.date >= today);
  if (next === undefined || next === null || next === "none") return null;
  return taken({ day: { kind: "date", date: next.date } }, said, found);
}

const PARTS: readonly (readonly [Part, string, string])[] = [
  [
    "morning",
    "in the morning|this morning|früh|morgens|vormittags|am (?:morgen|vormittag)",
    "morning|früh|morgen|vormittag",
  ],
  ["noon", "at (?:noon|midday)|mittags|am mittag", "noon|midday|mittag"],
  ["afternoon", "in the afternoon|this afternoon|nachmittags|am nachmittag", "afternoon|nachmittag"],
  ["evening", "in the evening|this evening|abends|am abend", "evening|abend"],
  ["night", "(?:at|in the) night|nachts|in der nacht", "night|nacht"],
];
const ALONE = PARTS.map(([part, alone]) => [part, new RegExp(`^(?:${alone})${END}`, "iu")] as const);
const BEHIND_DAY = PARTS.map(([part, , behind]) => [part, new RegExp(`^(?:${behind})s?${END}`, "iu")] as const);

function takePart(text: string, isBehindDay: boolean): Taken | null {
  for (const [part, pattern] of isBehindDay ? [...ALONE, ...BEHIND_DAY] : ALONE) {
    const said = pattern.exec(text);
    if (said) return taken({ part }, text, said[0]);
  }
  return null;
}

const AT = "(?:at|um|gegen)\\s+";
/** German says the day with it: `um 9 am Freitag`. */
const AM = "am(?!\\s+(?:\\d|\\p{L}+tag|mittwoch|sonnabend|abend|morgen))";
const HALF_DAY = `(?:(${AM}|pm|a\\.m\\.|p\\.m\\.)|uhr|o['’]clock)`;
const CLOCK_END = "(?=[\\s,;.!?]|$)";
const MIDNIGHT = new RegExp(`^(?:at|um)\\s+(?:midnight|mitternacht)${END}`, "iu");
const FULL = new RegExp(`^(?:${AT})?(\\d{1,2}):(\\d\\d)(?:\\s?${HALF_DAY})?${CLOCK_END}`, "iu");
const UHR = new RegExp(
  `^(?:${AT})?(\\d{1,2})(?:\\.(\\d\\d)\\s?uhr|\\s?uhr\\s+(\\d{1,2})(?!\\s*\\p{L}{3,}ute))${CLOCK_END}`,
  "iu",
);
const HOUR_MARKED = new RegExp(`^(?:${AT})?(${HOUR})\\s?${HALF_DAY}${CLOCK_END}`, "iu");
const FROM_HOUR = new RegExp(
  `^(?:${AT})?(?:(half|halb)|(?:(?:a\\s+)?(quarter|viertel)|(${NUMBER})(?:\\s+(?:minutes?|minuten?))?))\\s+(?:(past|after|nach)|(to|before|vor))\\s+(${HOUR})(?:\\s?${HALF_DAY})?${CLOCK_END}`,
  "iu",
);
const HALB = new RegExp(`^(?:${AT})?halb\\s+(${HOUR})(?:\\s+uhr)?${CLOCK_END}`, "iu");
const BARE = new RegExp(`^${AT}(${HOUR})${CLOCK_END}`, "iu");

function takeHour(text: string): Taken | null {
  const midnight = MIDNIGHT.exec(text);
  if (midnight) return taken({ hour: { minutes: 0, isExact: true } }, text, midnight[0]);
  return takeFromHour(text) ?? takeHalb(text) ?? takeFull(text) ?? takeWholeHour(text);
}

function takeFull(text: string): Taken | null {
  const full = FULL.exec(text);
  if (full) return hourTaken(text, full[0], Number(full[1]), Number(full[2]), full[3]);
  const uhr = UHR.exec(text);
  return uhr === null ? null : hourTaken(text, uhr[0], Number(uhr[1]), Number(uhr[2] ?? uhr[3]), undefined);
}

function takeWholeHour(text: string): Taken | null {
  const marked = HOUR_MARKED.exec(text);
  if (marked) return hourTaken(text, marked[0], numberOf(marked[1] ?? ""), 0, marked[2]);
  const bare = BARE.exec(text);
  return bare === null ? null : hourTaken(text, bare[0], numberOf(bare[1] ?? ""), 0, undefined);
}

/** `half past 8`, `quarter to nine`, `5 nach 9`. */
function takeFromHour(text: string): Taken | null {
  const [found, half, quarter, count = "", past, , hour = "", mark] = FROM_HOUR.exec(text) ?? [];
  if (found === undefined || (half !== undefined && past === undefined)) return null;
  const minutes = distanceOf(half, quarter, count);
  const from = hourTaken(text, found, numberOf(hour), 0, mark);
  return minutes > 59 || from === null ? null : movedBy(from, past === undefined ? -minutes : minutes);
}

function distanceOf(half: string | undefined, quarter: string | undefined, count: string): number {
  if (half !== undefined) return 30;
  return quarter === undefined ? numberOf(count) : 15;
}

function movedBy({ found, rest }: Taken, minutes: number): Taken | null {
  const { hour } = found;
  if (hour === undefined) return null;
  return { found: { hour: { ...hour, minutes: (hour.minutes + minutes + 1_440) % 1_440 } }, rest };
}

/** `halb neun` is half past eight. */
function takeHalb(text: string): Taken | null {
  const [found, hour = ""] = HALB.exec(text) ?? [];
  const whole = found === undefined ? null : hourTaken(text, found, numberOf(hour), 0, undefined);
  return whole === null ? null : movedBy(whole, -30);
}

function hourTaken(text: string, found: string, hour: number, minute: number, mark: string | undefined): Taken | null {
  const half = mark?.slice(0, 1).toLowerCase();
  if (!Number.isInteger(hour) || minute > 59 || hour > 23) return null;
  if (half !== undefined && (hour < 1 || hour > 12)) return null;
  const hours = half === undefined ? hour : (hour % 12) + (half === "p" ? 12 : 0);
  return taken({ hour: { minutes: hours * 60 + minute, isExact: half !== undefined } }, text, found);
}

function taken(found: Found, text: string, said: string): Taken {
  return { found, rest: text.slice(said.length) };
}

/** From which minute of the day on, and before which one, an hour is one of that part. */
const HOURS: Readonly<Record<Part, readonly [number, number]>> = {
  morning: [0, 720],
  noon: [660, 1_020],
  afternoon: [720, 1_140],
  evening: [960, 1_440],
  night: [1_080, 1_440],
};

/** Null: that hour is not in that part of the day, or nobody knows on which day it is. */
function minutesOf({ day, part, hour }: Found): number | null {
  if (hour === undefined) return part === undefined ? null : USUAL[part] * 60;
  const { minutes, isExact } = hour;
  if (part === undefined || isExact) return minutes;
  // The small hours of "tomorrow night" are those of the day after.
  const isSmall = part === "night" && minutes < 360 && (day === undefined || day.kind === "each");
  const [from, to] = HOURS[part];
  const meant = [minutes, minutes + 720].find((one) => one >= from && one < to);
  return isSmall ? minutes : (meant ?? null);
}

function whenOf(day: Day | undefined, minutes: number, { now, timezone }: Clock): When {
  if (day === undefined) return { kind: "at", date: null, minutes };
  if (day.kind === "date") return { kind: "at", date: day.date, minutes };
  if (day.kind === "each") {
    return { kind: "cron", expr: `${minutes % 60} ${Math.floor(minutes / 60)} * * ${day.days}` };
  }
  const wall = wallAt(now, timezone);
  const today = startOfDay(wall);
  const ahead = (day.weekday - new Date(today).getUTCDay() + 7) % 7;
  const isOver = ahead === 0 && today + minutes * 60_000 <= wall;
  return { kind: "at", date: today + (isOver ? 7 : ahead) * DAY_MS, minutes };
}

function dateOf(today: number, daysAhead: number): Day {
  return { kind: "date", date: today + daysAhead * DAY_MS };
}
