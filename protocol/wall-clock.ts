/** Times as clocks of a time zone show them, and the instants that they mean. Pure. */

export const DAY_MS = 86_400_000;

/** What clocks of the time zone show at an instant, as if it were UTC. Epoch ms both. */
export function wallAt(instant: number, timezone: string): number {
  return instant + offsetAt(instant, timezone);
}

/** The start of the day of a wall time. */
export function startOfDay(wall: number): number {
  return Math.floor(wall / DAY_MS) * DAY_MS;
}

/** The first instant at which clocks of the time zone show `wall` (as if it were UTC) or have left it out. */
export function firstInstantOf(wall: number, timezone: string): number {
  // No clock is changed twice within two days.
  const before = offsetAt(wall - DAY_MS, timezone);
  const after = offsetAt(wall + DAY_MS, timezone);
  const isShown = (instant: number) => wallAt(instant, timezone) === wall;
  const candidates = [wall - before, wall - after].toSorted((a, b) => a - b);
  return candidates.find(isShown) ?? jumpBetween(wall - after, wall - before, timezone);
}

/** The first instant after `from` with the offset that there is at `to`. */
function jumpBetween(from: number, to: number, timezone: string): number {
  const wanted = offsetAt(to, timezone);
  let [early, late] = [from, to];
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (offsetAt(middle, timezone) === wanted) late = middle;
    else early = middle;
  }
  return late;
}

function offsetAt(instant: number, timezone: string): number {
  const parts = formatOf(timezone).formatToParts(instant);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return wall - Math.floor(instant / 1_000) * 1_000;
}

/** Making one takes far longer than using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, format);
  return format;
}
