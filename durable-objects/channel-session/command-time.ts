/** Times that a command tells of. Pure. */

/** How long something is still good, in whole minutes. */
export function minutesUntil(time: number, now: number): string {
  return String(Math.max(1, Math.ceil((time - now) / 60_000)));
}
