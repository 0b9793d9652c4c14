/** Which slots of a year are to be run when, which late and which not at all, by the rules alone. */
import type { Schedule } from "../../../protocol/jobs.ts";
import { expectedSlots } from "./expected-slots.ts";
import type { WallClock } from "./wall-clocks.ts";
import { type Outage, YEAR_FROM, YEAR_TO } from "./year-jobs.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type ExpectedRun = { readonly slot: number; readonly at: number };
export type ExpectedYear = { readonly runs: readonly ExpectedRun[]; readonly missed: number; readonly gaps: number };

/** Every slot of a schedule in the year. */
export function slotsOfYear(schedule: Schedule, clocks: ReadonlyMap<string, WallClock>): readonly number[] {
  switch (schedule.kind) {
    case "at":
      return [schedule.at];
    case "every": {
      const slots: number[] = [];
      for (let at = schedule.anchorMs; at < YEAR_TO; at += schedule.everyMs) if (at > YEAR_FROM) slots.push(at);
      return slots;
    }
    case "cron": {
      const clock = clocks.get(schedule.tz);
      if (!clock) throw new Error(`no clock of ${schedule.tz}`);
      // One that is staggered may be of the last minutes of the year before.
      const slots = expectedSlots(schedule.expr, clock, YEAR_FROM - DAY_MS, YEAR_TO);
      return slots.map((slot) => slot + schedule.staggerMs).filter((slot) => slot > YEAR_FROM && slot < YEAR_TO);
    }
  }
}

/** `lasts`: how long the run of a slot takes. */
export function runsOfYear(
  slots: readonly number[],
  { isOnce, lasts, awakeAt }: { isOnce: boolean; lasts: (slot: number) => number; awakeAt: (at: number) => number },
): ExpectedYear {
  const latest = isOnce ? 7 * DAY_MS : 6 * HOUR_MS;
  const runs: ExpectedRun[] = [];
  let [missed, gaps, freeAt, index] = [0, 0, 0, 0];
  while (index < slots.length) {
    const at = awakeAt(Math.max(slots[index] ?? 0, freeAt));
    if (at >= YEAR_TO) break;
    let newest = index;
    while ((slots[newest + 1] ?? Infinity) <= at) newest++;
    const slot = slots[newest] ?? 0;
    const isRun = at - slot <= latest;
    const passed = newest - index + (isRun ? 0 : 1);
    missed += passed;
    gaps += passed > 0 ? 1 : 0;
    if (isRun) {
      runs.push({ slot, at });
      freeAt = awakeAt(at + lasts(slot));
    }
    index = newest + 1;
  }
  return { runs, missed, gaps };
}

/** The moment itself, or when the outage that it lies in is over. */
export function awakeAfter(outages: readonly Outage[]): (at: number) => number {
  return (at) => {
    let [low, high] = [0, outages.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((outages[middle]?.to ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    const outage = outages[low];
    return outage && outage.from <= at ? outage.to : at;
  };
}
