/** Times as people say them in a sentence, a little looser than `protocol/job-when.ts`: `at 9`, `in half an hour`, `on Friday at 9`. Pure. */
import { takeTime } from "../../../../protocol/clock-text.ts";
import { scheduleOf, type ScheduleProblem, takeWhen, type When } from "../../../../protocol/job-when.ts";
import type { ScheduleInput } from "../../../../protocol/jobs.ts";
import type { Result } from "../../../../protocol/result.ts";
import { DAY_MS, startOfDay, wallAt } from "../../../../protocol/wall-clock.ts";

/** Whose clock it is, and what it shows. Epoch ms. */
export type Clock = { readonly now: number; readonly timezone: string };

/** `fromNowMs`: it was said as a time from now; null: as a time of its own. */
export type TimeSaid = {
  readonly schedule: Result<ScheduleInput, ScheduleProblem>;
  readonly fromNowMs: number | null;
  readonly rest: string;
};

/** The time that a text begins with, and what follows it; null: it begins with none. */
export function takeTimeSaid(text: string, clock: Clock): TimeSaid | null {
  const plain = inDigits(text);
  const read = takeWeekday(plain, clock) ?? takeOrNull(plain);
  if (read === null) return null;
  const fromNowMs = read.when.kind === "in" ? read.when.ms : null;
  return { schedule: scheduleOf(read.when, clock), fromNowMs, rest: read.rest };
}

type Read = { readonly when: When; readonly rest: string };

function takeOrNull(text: string): Read | null {
  const taken = takeWhen(text);
  return taken.ok ? taken.value : null;
}

const WEEKDAY =
  /^(?:(?:on|next|am|nächsten?)\s+)?(?:(sun|sunday|sonntag)|(mon|monday|montag)|(tue|tuesday|dienstag)|(wed|wednesday|mittwoch)|(thu|thursday|donnerstag)|(fri|friday|freitag)|(sat|saturday|samstag|sonnabend))\s+(?:(?:at|um)\s+)?/iu;

/** One weekday is the next one that comes; several of them (`Fridays`) are each. */
function takeWeekday(text: string, { now, timezone }: Clock): Read | null {
  const found = WEEKDAY.exec(text);
  if (!found) return null;
  const time = takeTime(text.slice(found[0].length));
  if (time === null) return null;
  const weekday = found.slice(1).findIndex((name) => name !== undefined);
  const wall = wallAt(now, timezone);
  const today = startOfDay(wall);
  const ahead = (weekday - new Date(today).getUTCDay() + 7) % 7;
  const isOver = ahead === 0 && today + time.minutes * 60_000 <= wall;
  const date = today + (isOver ? 7 : ahead) * DAY_MS;
  return { when: { kind: "at", date, minutes: time.minutes }, rest: time.rest };
}

const NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/^in (?:half an hour|einer halben stunde)(?!\p{L})/iu, "in 30 minutes"],
  [/^in (?:an?|one|ein|einer|einem)\s+(?=\p{L})/iu, "in 1 "],
  [/^in (?:two|zwei)\s+/iu, "in 2 "],
  [/^in (?:three|drei)\s+/iu, "in 3 "],
  [/^in (?:four|vier)\s+/iu, "in 4 "],
  [/^in (?:five|fünf)\s+/iu, "in 5 "],
  [/^in (?:ten|zehn)\s+/iu, "in 10 "],
  [/^in (?:fifteen|fünfzehn)\s+/iu, "in 15 "],
  [/^in (?:twenty|zwanzig)\s+/iu, "in 20 "],
  [/^in (?:thirty|dreißig|dreissig)\s+/iu, "in 30 "],
];

/** `at 9`, where no minutes follow: few words stand between the beginning and it. */
const BARE_HOUR = /^((?:\p{L}+\s+){0,2}?(?:at|um)\s+)(\d{1,2})(?=[\s,;.]|$)(?!\s?(?:am|pm|uhr)(?!\p{L}))/iu;

/** Numbers that are said as words, and hours without minutes, as the reader of typed times wants them. */
function inDigits(text: string): string {
  const [words, digits] = NUMBERS.find(([pattern]) => pattern.test(text)) ?? [];
  const counted = words === undefined || digits === undefined ? text : text.replace(words, digits);
  return counted.replace(BARE_HOUR, "$1$2:00");
}
