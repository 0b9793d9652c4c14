/** How long a platform's wish to be left alone ("Retry-After") is honoured. */
import { OUTBOUND_BOUNDS } from "./bounds.ts";

/** The wait in ms, at most `OUTBOUND_BOUNDS.retryAfterMaxMs`; null when `seconds` is no such wish. Pure. */
export function retryAfterMs(seconds: unknown): number | null {
  if (typeof seconds !== "number" || !(seconds > 0)) return null;
  return Math.min(seconds * 1000, OUTBOUND_BOUNDS.retryAfterMaxMs);
}
