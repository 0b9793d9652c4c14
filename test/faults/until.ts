/** Waits for what other processes do. */
import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 20;
const WAIT_MAX_MS = 20_000;

/** Looks until it is so, for `waitMaxMs` at most; false if it never was. */
export async function until(isSo: () => boolean | Promise<boolean>, waitMaxMs = WAIT_MAX_MS): Promise<boolean> {
  for (const end = Date.now() + waitMaxMs; Date.now() < end; await pause(LOOK_EVERY_MS)) {
    if (await isSo()) return true;
  }
  return false;
}
