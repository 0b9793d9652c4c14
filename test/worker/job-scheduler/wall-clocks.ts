/** What the clocks of a time zone show, found out with nothing but `Intl`: for calculations that the code under test has no part in. */

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The clock is put forward or back at `at` (epoch ms); offsets are minutes east of UTC. */
export type ClockChange = { readonly at: number; readonly before: number; readonly after: number };

export type WallClock = {
  readonly zone: string;
  readonly offsetAtStart: number;
  readonly changes: readonly ClockChange[];
};

/** How the clock of a zone goes between two moments. */
export function readWallClock(zone: string, from: number, to: number): WallClock {
  const offsetAt = offsetsOf(zone);
  const changes: ClockChange[] = [];
  for (let day = from; day < to; day += DAY_MS) {
    const [before, after] = [offsetAt(day), offsetAt(day + DAY_MS)];
    if (before !== after) changes.push({ at: findChange(offsetAt, day, day + DAY_MS), before, after });
  }
  return { zone, offsetAtStart: offsetAt(from), changes };
}

function findChange(offsetAt: (instant: number) => number, early: number, late: number): number {
  const wanted = offsetAt(late);
  let [low, high] = [early, late];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetAt(middle) === wanted) high = middle;
    else low = middle;
  }
  return high;
}

function offsetsOf(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (instant) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (format.format(instant).match(/\d+/g) ?? []).map(
      Number,
    );
    return (Date.UTC(year, month - 1, day, hour, minute) - instant) / MINUTE_MS;
  };
}
