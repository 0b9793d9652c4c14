/** 200 jobs in twelve time zones, and 500 outages of a year. The same ones each time. */
import type { JobInput } from "../../../protocol/jobs.ts";

export const YEAR_FROM = Date.UTC(2026, 0, 1);
export const YEAR_TO = Date.UTC(2027, 0, 1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Northern and southern changes, at midnight, by half an hour, in Ramadan, off the full hour, and none at all. */
export const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/Sao_Paulo",
  "Asia/Kolkata",
  "America/Santiago",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Pacific/Chatham",
  "America/Havana",
  "UTC",
] as const;

/** A number in [0, 1) each time; mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What is made at the beginning of the year. */
export function yearJobs(random: () => number): readonly JobInput[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const schedules: JobInput["schedule"][] = [];
  const cron = (expr: string, zone: string) => schedules.push({ kind: "cron", expr, tz: zone });
  for (const zone of ZONES) {
    // The hours in which clocks change.
    for (const hour of [0, 1, 2, 3]) cron(`${below(60)} ${hour} * * SUN`, zone);
    cron("30 2 * * *", zone);
    cron("0 0 * * SAT,SUN", zone);
    cron(`${below(60)} ${below(24)} * * THU-FRI`, zone);
    cron(`${below(60)} 2,14 25-31 * *`, zone);
    cron(`0,${1 + below(59)} 1-3 * 3-4,10-11 SUN`, zone);
    cron(`${below(60)} ${below(60)} ${below(24)} * * ${below(7)}`, zone);
    cron(`${below(60)} ${below(24)} 1,15 * ${below(7)}`, zone);
    cron(`${below(60)} ${below(24)} 1-7 * +${below(7)}`, zone);
    cron("*/30 0-4 * 3,4,10 SUN", zone);
  }
  cron("0 * * 3,10 *", "Europe/Berlin");
  cron("0 */2 * 4,10 *", "Australia/Lord_Howe");
  cron("15 */3 * 4,9 *", "America/Santiago");
  cron("*/5 0-4 29 3 *", "Europe/Berlin");
  while (schedules.length < 180) {
    const everyMs = Math.round((8 + random() * 80) * HOUR_MS) + below(1_000);
    schedules.push({ kind: "every", everyMs, ...(random() < 0.5 && { anchorMs: YEAR_FROM + below(40 * DAY_MS) }) });
  }
  schedules.push({ kind: "at", at: "2026-07-02T09:00" }, { kind: "at", at: "2026-07-04T09:00" });
  while (schedules.length < 200) {
    const at = new Date(YEAR_FROM + 1 + below(YEAR_TO - YEAR_FROM - 1));
    schedules.push({ kind: "at", at: at.toISOString() });
  }
  return schedules.map((schedule, index) => ({
    name: `Year ${index}`,
    schedule,
    payload: { kind: "systemEvent", text: "now" },
    delivery: { mode: "none" },
  }));
}

export type Outage = { readonly from: number; readonly to: number };

/** Longer than even a one-shot waits. */
const LONG: Outage = { from: Date.UTC(2026, 6, 1), to: Date.UTC(2026, 6, 10) };

/** 500 of them, from seconds to days, each over before the next. */
export function yearOutages(random: () => number): readonly Outage[] {
  const shortest = Math.log(2_000);
  const span = Math.log(4 * DAY_MS) - shortest;
  const isFree = (at: number) => at < LONG.from - 1_000 || at > LONG.to;
  const starts: number[] = [LONG.from];
  while (starts.length < 500) {
    const from = YEAR_FROM + Math.floor(random() * (YEAR_TO - YEAR_FROM));
    if (isFree(from)) starts.push(from);
  }
  starts.sort((a, b) => a - b);
  return starts.map((from, index) => {
    if (from === LONG.from) return LONG;
    const room = (starts[index + 1] ?? YEAR_TO) - from - 1;
    return { from, to: from + Math.min(room, Math.floor(Math.exp(shortest + random() * span))) };
  });
}
