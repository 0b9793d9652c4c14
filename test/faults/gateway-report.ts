/** The result of a compressed day as text for people. Pure. */
import { closesOf, type Day, type DayPlan, IDENTIFIES_MAX, isDayGreen } from "./gateway-day.ts";

export function dayText(plan: DayPlan, day: Day): string {
  const { seed, timeScale, share } = plan;
  const hours = Math.round(share * 240) / 10;
  const closes = [...closesOf(day)].map(([code, count]) => `${code} ${count}x`).join(", ");
  const latest = Math.max(0, ...day.played.map(({ lateMs }) => lateMs));
  return [
    `seed ${seed}, time scale ${timeScale}: ${hours} hours of Discord's in ${Math.round(day.tookMs / 1_000)} s`,
    `${day.played.length} of ${plan.faults} faults, the latest by ${Math.round(latest / 1_000)} s of Discord's time; ${day.kills} kills of the edge`,
    `closed by ${closes}`,
    `connections ${day.connections}, of which ${day.lateHeartbeats} ended for want of a heartbeat on a busy machine`,
    `identifies ${day.identifies} (at most ${IDENTIFIES_MAX} a day), resumes ${day.resumes}, read by REST after ${day.gapsRead} lost sessions`,
    `messages ${day.said.length}: without a row ${day.withoutRow.length}, lost ${day.lost.length}, double ${day.doubled.length}, below a beginning that was given up ${day.excused}`,
    ...day.withoutRow.map(({ id }) => `WITHOUT A ROW ${id}`),
    ...day.lost.map(({ id }) => `LOST ${id}`),
    ...day.doubled.map(({ id }) => `DOUBLED ${id}`),
    ...day.violations.map((violation) => `VIOLATION ${violation}`),
    isDayGreen(plan, day) ? "ok" : "RED",
  ].join("\n");
}
