/** Dates and times of the day as people type them: `9:00`, `9pm`, `2026-12-01`, `1.12.2026`. Pure. */

export type TakenTime = { readonly minutes: number; readonly rest: string };
export type TakenDate = { readonly date: number; readonly rest: string };

const TIME = /^(\d{1,2})(?::(\d\d))?(?:\s?(am|pm|uhr))?(?=[\s,;.]|$)[,;.]?\s*/iu;

/** A time of the day that a text begins with, as minutes since midnight; a number alone is none. */
export function takeTime(text: string): TakenTime | null {
  const [found = "", hours, minutes, suffix] = TIME.exec(text) ?? [];
  if (minutes === undefined && suffix === undefined) return null;
  const hour = hourOf(Number(hours), suffix?.toLowerCase());
  const minute = Number(minutes ?? 0);
  if (hour === null || minute > 59) return null;
  return { minutes: hour * 60 + minute, rest: text.slice(found.length).trim() };
}

function hourOf(typed: number, suffix: string | undefined): number | null {
  if (suffix !== "am" && suffix !== "pm") return typed > 23 ? null : typed;
  if (typed < 1 || typed > 12) return null;
  return (typed % 12) + (suffix === "pm" ? 12 : 0);
}

const DATE = /^(?:(\d{4})-(\d\d)-(\d\d)|(\d{1,2})\.(\d{1,2})\.(\d{4}))(?:T|\s+|$)/iu;

/** A date that a text begins with, as its midnight in UTC. Null: none; `"none"`: there is no such day. */
export function takeDate(text: string): TakenDate | "none" | null {
  const [found, y1, m1, d1, d2, m2, y2] = DATE.exec(text) ?? [];
  if (found === undefined) return null;
  const [year = 0, month = 0, day = 0] = (y1 === undefined ? [y2, m2, d2] : [y1, m1, d1]).map(Number);
  const date = Date.UTC(year, month - 1, day);
  const back = new Date(date);
  // JavaScript takes the 30th of February for the 2nd of March.
  const isThere = back.getUTCFullYear() === year && back.getUTCMonth() === month - 1 && back.getUTCDate() === day;
  return isThere ? { date, rest: text.slice(found.length) } : "none";
}

const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)\s?(Z|[+-]\d\d:\d\d)(?=[\s,;.]|$)[,;.]?\s*/iu;

/** A date and time with its offset, which a text begins with. Null: none; `"none"`: there is no such time. */
export function takeInstant(text: string): { readonly at: number; readonly rest: string } | "none" | null {
  const [found, day = "", time = "", offset = ""] = INSTANT.exec(text) ?? [];
  if (found === undefined) return null;
  const at = Date.parse(`${day}T${time}${offset.toUpperCase()}`);
  if (Number.isNaN(at) || takeDate(day) === "none") return "none";
  return { at, rest: text.slice(found.length).trim() };
}
