/** What an alarm is set for. */

/** The earliest of some times; null when there is none. Pure. */
export function earliest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
