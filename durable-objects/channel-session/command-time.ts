/** Times that a command tells of. Pure. */

/** What was made for ten minutes a moment after `now`, by another object, is good for ten and not for eleven. */
const MOMENT_MS = 1_000;

/** How long something is still good, in whole minutes. */
export function minutesUntil(time: number, now: number): string {
  return String(Math.max(1, Math.ceil((time - now - MOMENT_MS) / 60_000)));
}
