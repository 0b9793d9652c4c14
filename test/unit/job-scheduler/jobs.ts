/** Jobs for tests of what is due. */
import type { JobView, Schedule } from "../../../protocol/jobs.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const CREATED_AT = Date.UTC(2026, 0, 1);

/** A job as it is right after it was made, but for what `change` says. */
export function jobOf(schedule: Schedule, nextRunAt: number | null, state: Partial<JobView["state"]> = {}): JobView {
  return {
    id: "brief",
    name: "Brief",
    description: null,
    schedule,
    payload: { kind: "systemEvent", text: "now" },
    delivery: { mode: "none" },
    enabled: true,
    deleteAfterRun: schedule.kind === "at",
    failureAlert: { after: 2, cooldownMs: HOUR_MS },
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    state: {
      lastSlot: CREATED_AT,
      nextRunAt,
      lastRunAt: null,
      lastStatus: null,
      lastError: null,
      failuresInRow: 0,
      isAlerted: false,
      alertedAt: null,
      scheduleErrors: 0,
      missed: 0,
      ...state,
    },
  };
}
