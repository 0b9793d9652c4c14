/** When a conversation begins anew by itself: after a time of the day, or after a pause. Pure. */
import { minutesOfDay } from "../../protocol/setting-checks.ts";
import { DAY_MS, firstInstantOf, startOfDay, wallAt } from "../../protocol/wall-clock.ts";

export type ResetRules = {
  /** `HH:MM` in the time zone; null: never by the time of the day. */
  readonly dailyReset: string | null;
  /** Null: never for a pause. */
  readonly idleResetMinutes: number | null;
  readonly timezone: string;
};

/** Times of a conversation, epoch ms; null: not known. */
export type Life = { readonly beganAt: number | null; readonly activeAt: number | null };

/** Whether the next message of a person is to begin the conversation anew. One in which nothing was said goes on. */
export function isExpired({ beganAt, activeAt }: Life, rules: ResetRules, now: number): boolean {
  const { dailyReset, idleResetMinutes, timezone } = rules;
  if (activeAt === null) return false;
  if (idleResetMinutes !== null && now - activeAt >= idleResetMinutes * 60_000) return true;
  return dailyReset !== null && (beganAt ?? activeAt) < lastTimeOfDay(dailyReset, timezone, now);
}

/**
 * When it last was `HH:MM` in a time zone, at `now` or before. Once a day: of a time that a clock shows twice the first
 * counts, and one that it leaves out is where it jumps.
 */
export function lastTimeOfDay(time: string, timezone: string, now: number): number {
  const today = startOfDay(wallAt(now, timezone)) + (minutesOfDay(time) ?? 0) * 60_000;
  const reached = firstInstantOf(today, timezone);
  return reached <= now ? reached : firstInstantOf(today - DAY_MS, timezone);
}
