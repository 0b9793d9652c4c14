/** Plays a fault plan against a running Gateway, in its scaled time. */
import { setTimeout as pause } from "node:timers/promises";
import type { DiscordGatewayEmulator } from "../gateway.ts";
import type { PlannedFault } from "./fault-plan.ts";
import { bringAbout } from "./faults.ts";

export type PlayedFault = PlannedFault & {
  /** By how much Discord's time it came later than planned, because the client had no session then. */
  readonly lateMs: number;
};

/**
 * Brings every fault about at its time, or as soon after that as the client is back. Resolves with what was played when
 * the plan is done or the signal says so; a client that never comes back makes it wait for that signal.
 */
export async function playPlan(
  gateway: DiscordGatewayEmulator,
  plan: readonly PlannedFault[],
  signal: AbortSignal,
): Promise<readonly PlayedFault[]> {
  const startedAt = performance.now();
  const oneMs = gateway.scaled(1);
  const played: PlayedFault[] = [];
  const isAborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  for (const planned of plan) {
    const leftMs = planned.atMs * oneMs - (performance.now() - startedAt);
    if (leftMs > 0) await pause(leftMs, null, { signal }).catch(() => null);
    while (!signal.aborted) {
      await Promise.race([gateway.whenLive(), isAborted]);
      if (await bringAbout(gateway, planned.fault, signal)) break;
    }
    if (signal.aborted) return played;
    const lateMs = Math.max(0, (performance.now() - startedAt) / oneMs - planned.atMs);
    played.push({ ...planned, lateMs: Math.round(lateMs) });
  }
  return played;
}
