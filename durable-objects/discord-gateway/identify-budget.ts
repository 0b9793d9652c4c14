/** How often we may IDENTIFY: so many a day, and not within 5 s of the last one. Pure. */
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Identifies, State } from "./gateway-state.ts";

/** How long to wait before the next one, in ms; 0: it may be sent. */
export function identifyWaitMs({ windowStart, count, lastAt }: Identifies, now: number): number {
  const { identifiesMax, identifiesWindowMs, identifyEveryMs } = GATEWAY_BOUNDS;
  // Where the clock was set back, no wait is longer than it ever can be.
  const windowMs = count >= identifiesMax ? Math.min(identifiesWindowMs, windowStart + identifiesWindowMs - now) : 0;
  return Math.max(0, windowMs, Math.min(identifyEveryMs, lastAt + identifyEveryMs - now));
}

/** Counts one. */
export function countIdentify(state: State, now: number): State {
  const { identifies, counts } = state;
  const isOver = now - identifies.windowStart >= GATEWAY_BOUNDS.identifiesWindowMs;
  const { windowStart, count } = isOver ? { windowStart: now, count: 0 } : identifies;
  return {
    ...state,
    identifies: { windowStart, count: count + 1, lastAt: now },
    counts: { ...counts, identifies: counts.identifies + 1 },
  };
}
