/** How polling waits: given in, so that a test of what follows a pause need not wait as long. */
import { setTimeout as wait } from "node:timers/promises";

/** Resolves after `ms`, or as soon as the signal says so. Never rejects. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const realPause: Pause = async (ms, signal) => {
  await wait(ms, undefined, { signal }).catch(() => {});
};
