/** Lengths of time as people type and read them: `20m`, `1h30m`, `2 Stunden`. Pure. */
import type { Language } from "./access.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|seconds?|sek|sekunden?)$/, 1_000],
  [/^(?:m|min|mins|minutes?|minuten?)$/, MINUTE_MS],
  [/^(?:h|hrs?|hours?|std|stunden?)$/, HOUR_MS],
  [/^(?:d|days?|tage?n?)$/, DAY_MS],
  [/^(?:w|weeks?|wochen?)$/, 7 * DAY_MS],
  [/^(?:years?|jahre?n?)$/, 365 * DAY_MS],
];
const PIECE = /^(\d{1,9})\s*(\p{L}{1,8})(?!\p{L})/u;
/** What may stand between two pieces; without a word for it the second has the smaller unit. */
const LINK = /^(?:\s+(?:and|und)\s+|\s*)(?=\d)/iu;

export type Taken = { readonly ms: number; readonly rest: string };

/** The duration that a text begins with, as much of it as there is, and what follows it; null: it begins with none. */
export function takeDuration(text: string): Taken | null {
  return takePieces(text, Infinity);
}

function takePieces(text: string, longerUnitMs: number): Taken | null {
  const [found, count, unit = ""] = PIECE.exec(text) ?? [];
  const unitMs = unitOf(unit.toLowerCase());
  if (found === undefined || unitMs === null || unitMs >= longerUnitMs) return null;
  const ms = Number(count) * unitMs;
  const rest = text.slice(found.length);
  const [link] = LINK.exec(rest) ?? [];
  const more = link === undefined ? null : takePieces(rest.slice(link.length), unitMs);
  return more === null ? { ms, rest } : { ms: ms + more.ms, rest: more.rest };
}

/** The duration that a text is; null: it is none. */
export function readDuration(text: string): number | null {
  const taken = takeDuration(text.trim());
  return taken?.rest === "" ? taken.ms : null;
}

type Unit = "day" | "hour" | "minute" | "second";
const STEPS: readonly (readonly [Unit, number])[] = [
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", 1_000],
];

/** A duration in words, to the second: `1 hour 30 minutes`. */
export function formatDuration(ms: number, language: Language): string {
  let left = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const parts = STEPS.flatMap(([unit, unitMs]) => {
    const count = Math.floor(left / unitMs);
    left -= count * unitMs;
    return count === 0 ? [] : [countOf(count, unit, language)];
  });
  return parts.length === 0 ? countOf(0, "second", language) : parts.join(" ");
}

/** How far away a time is, in one unit: `in 20 minutes`, `2 days ago`. */
export function formatDistance(at: number, now: number, language: Language): string {
  const away = Math.abs(at - now);
  const [unit, unitMs] = unitFor(away);
  const count = Math.round(away / unitMs);
  return new Intl.RelativeTimeFormat(language, { numeric: "always" }).format(at < now ? -count : count, unit);
}

/** Hours up to two days, for "in 1 day" may be 13 hours off. */
function unitFor(ms: number): readonly [Unit, number] {
  if (ms >= 2 * DAY_MS) return ["day", DAY_MS];
  if (ms >= 100 * MINUTE_MS) return ["hour", HOUR_MS];
  return ms >= 100_000 ? ["minute", MINUTE_MS] : ["second", 1_000];
}

function countOf(count: number, unit: Unit, language: Language): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

function unitOf(word: string): number | null {
  return UNITS.find(([names]) => names.test(word))?.[1] ?? null;
}
