/** Waits for what a cloud does in its own time. */
import { setTimeout as pause } from "node:timers/promises";
import { backoffMs } from "../../protocol/backoff.ts";

/** Pauses between two looks: short at first, because much is there at once. */
const LOOK = { retryFirstMs: 250, retryMaxMs: 5_000 } as const;

/** Looks until `look` returns something else than null, which is returned; null when `maxMs` are over. */
export async function waitFor<T>(look: () => Promise<T | null>, maxMs: number): Promise<T | null> {
  for (let until = Date.now() + maxMs, looks = 1; ; looks++) {
    const found = await look();
    if (found !== null || Date.now() >= until) return found;
    await pause(backoffMs(looks, LOOK));
  }
}
