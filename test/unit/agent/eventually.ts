/** Waiting for something that another process or connection does, patient enough for a busy machine. */
import { vi } from "vitest";

/** Time for tests that start processes. */
export const PROCESS_TEST_MS = 60_000;

/** Tries the expectation until it holds. */
export function eventually(expectation: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(expectation, { timeout: 20_000, interval: 20 });
}
