/** `HEARTBEAT_EVERY`, and which minutes of the clock it means. Pure. */
import { HEARTBEAT_BOUNDS } from "../../protocol/own-work-bounds.ts";

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORM = /^(\d{1,6})\s*([mhd]?)$/i;

/** What a tick of the clock is for. `watch`: to see to it that an alarm which the platform gave up is set again. */
export type Tick = "beat" | "watch" | "none";

/** Milliseconds between two beats, 0 for never; null: the text means no interval. */
export function readInterval(text: string): number | null {
  const [, number = "", unit = ""] = FORM.exec(text.trim()) ?? [];
  const everyMs = Number(number) * (UNIT_MS[unit.toLowerCase() || "m"] ?? 0);
  return number === "" || everyMs > HEARTBEAT_BOUNDS.everyMaxMs ? null : everyMs;
}

/** What the tick of a minute is for; slots are whole multiples of the interval since the epoch. */
export function tickOf(scheduledAt: number, everyMs: number): Tick {
  const minute = slotOf(scheduledAt);
  if (everyMs > 0 && minute % everyMs === 0) return "beat";
  const isWatched = everyMs > 0 && everyMs <= HEARTBEAT_BOUNDS.watchMs;
  return !isWatched && minute % HEARTBEAT_BOUNDS.watchMs === 0 ? "watch" : "none";
}

/** The minute that a tick stands for: a platform may call a little late. */
export function slotOf(scheduledAt: number): number {
  return scheduledAt - (scheduledAt % HEARTBEAT_BOUNDS.everyMinMs);
}

/** The first slot after `now`; null: there is none. */
export function nextSlot(now: number, everyMs: number): number | null {
  return everyMs === 0 ? null : now - (now % everyMs) + everyMs;
}
