import fc from "fast-check";
import { Cron } from "croner";
import { describe, expect, it, vi } from "vitest";
import { stepDue } from "../../../durable-objects/job-scheduler/catch-up.ts";
import { nextSlot } from "../../../durable-objects/job-scheduler/next-slot.ts";
import type { JobView, Schedule } from "../../../protocol/jobs.ts";
import { CREATED_AT, DAY_MS, HOUR_MS, jobOf, MINUTE_MS } from "./jobs.ts";

const HOURLY: Schedule = { kind: "every", everyMs: HOUR_MS, anchorMs: CREATED_AT };
const first = CREATED_AT + HOUR_MS;

function madeOf(schedule: Schedule): JobView {
  return jobOf(schedule, nextSlot(schedule, CREATED_AT));
}

describe("a job that recurs", () => {
  it("is not due before its time, and is due at its time", () => {
    const job = madeOf(HOURLY);
    expect(stepDue(job, first - 1)).toEqual({ job, slot: null, passedOver: null, notice: null });
    expect(stepDue(job, first)).toMatchObject({ slot: first, passedOver: null });
  });

  it("is due next after its last slot, however late that was run", () => {
    const late = stepDue(madeOf(HOURLY), first + 59 * MINUTE_MS);
    expect(late).toMatchObject({ slot: first, job: { state: { nextRunAt: first + HOUR_MS } } });
  });

  it("runs only the newest of the slots that were missed, and counts the others", () => {
    const { slot, passedOver, job } = stepDue(madeOf(HOURLY), first + 10 * HOUR_MS + 1);
    expect(slot).toBe(first + 10 * HOUR_MS);
    expect(passedOver).toEqual({ count: 10, slot: first + 9 * HOUR_MS });
    expect(job.state).toMatchObject({ missed: 10, nextRunAt: first + 11 * HOUR_MS });
  });

  it("runs late up to six hours, and not a moment later", () => {
    const daily: Schedule = { kind: "every", everyMs: DAY_MS, anchorMs: first };
    expect(stepDue(madeOf(daily), first + 6 * HOUR_MS).slot).toBe(first);
    const tooLate = stepDue(madeOf(daily), first + 6 * HOUR_MS + 1);
    expect(tooLate).toMatchObject({ slot: null, passedOver: { count: 1, slot: first } });
    expect(tooLate.job).toMatchObject({ enabled: true, state: { nextRunAt: first + DAY_MS, missed: 1 } });
  });

  it("counts the minutes of a year up to a bound, and still runs the newest", () => {
    const minutely: Schedule = { kind: "cron", expr: "* * * * *", tz: "Europe/Berlin", staggerMs: 0 };
    const now = CREATED_AT + 365 * DAY_MS + 5_000;
    const { slot, passedOver, job } = stepDue(madeOf(minutely), now);
    expect(slot).toBe(now - 5_000);
    expect(passedOver).toEqual({ count: 100, slot: now - 5_000 - MINUTE_MS });
    expect(job.state.nextRunAt).toBe(now - 5_000 + MINUTE_MS);
  });

  it("asks for few slots, also of a job of each minute that nobody was awake for", () => {
    const job = madeOf({ kind: "cron", expr: "* * * * *", tz: "Europe/Berlin", staggerMs: 0 });
    const nextRun = vi.spyOn(Cron.prototype, "nextRun");
    stepDue(job, CREATED_AT + 3 * DAY_MS);
    expect(nextRun.mock.calls.length).toBeLessThan(250);
    expect(new Set(nextRun.mock.contexts).size).toBe(1);
    nextRun.mockRestore();
  });

  it("is left alone while it is switched off", () => {
    expect(stepDue({ ...madeOf(HOURLY), enabled: false }, first).slot).toBeNull();
  });
});

describe("a job that comes once", () => {
  const once: Schedule = { kind: "at", at: first };

  it("runs up to a week late", () => {
    const { slot, job } = stepDue(madeOf(once), first + 7 * DAY_MS);
    expect(slot).toBe(first);
    expect(job).toMatchObject({ enabled: true, state: { nextRunAt: null } });
  });

  it("is switched off after that, and its owner is told", () => {
    const { slot, job, notice, passedOver } = stepDue(madeOf(once), first + 7 * DAY_MS + 1);
    expect(slot).toBeNull();
    expect(passedOver).toEqual({ count: 1, slot: first });
    expect(job).toMatchObject({ enabled: false, state: { nextRunAt: null, missed: 1 } });
    expect(notice).toEqual({ kind: "once_missed", jobId: "brief", name: "Brief", slot: first });
  });
});

it("a job whose slots cannot be computed is looked at again, and switched off the third time", () => {
  const broken = jobOf({ kind: "cron", expr: "0 7 * * *", tz: "Mars/Olympus", staggerMs: 0 }, first);
  const once = stepDue(broken, first);
  expect(once).toMatchObject({ slot: null, notice: null, job: { enabled: true, state: { scheduleErrors: 1 } } });
  const twice = stepDue(once.job, once.job.state.nextRunAt ?? 0);
  expect(twice.job.state.nextRunAt).toBeGreaterThan(once.job.state.nextRunAt ?? Infinity);
  const thrice = stepDue(twice.job, twice.job.state.nextRunAt ?? 0);
  expect(thrice.job).toMatchObject({ enabled: false, state: { nextRunAt: null } });
  expect(thrice.notice).toMatchObject({ kind: "schedule_broken" });
});

const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  fc.record({
    kind: fc.constant("every" as const),
    // Up to so many slots are counted in the longest pause.
    everyMs: fc.integer({ min: 45 * MINUTE_MS, max: 3 * DAY_MS }),
    anchorMs: fc.integer({ min: CREATED_AT - DAY_MS, max: CREATED_AT + 3 * DAY_MS }),
  }),
  fc.record({
    kind: fc.constant("cron" as const),
    expr: fc.constantFrom("30 2 * * *", "0 */2 * * *", "*/20 1-3 * * *", "5 4 * * MON", "0 0 1,15 * FRI"),
    tz: fc.constantFrom("Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "UTC"),
    staggerMs: fc.constantFrom(0, 61_000),
  }),
);
/** When somebody looks: pauses of seconds to days. */
const pauses = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 90_000 }),
    fc.integer({ min: 0, max: 12 * HOUR_MS }),
    fc.integer({ min: 0, max: 3 * DAY_MS }),
  ),
  { maxLength: 30 },
);

it("never runs a slot twice, early, or out of order, and accounts for every one", () => {
  fc.assert(
    fc.property(schedules, pauses, (schedule, looks) => {
      let job = madeOf(schedule);
      let now = CREATED_AT;
      let accounted = 0;
      let newest = CREATED_AT;
      for (const pauseMs of looks) {
        now += pauseMs;
        const step = stepDue(job, now);
        job = step.job;
        for (const slot of [step.passedOver?.slot, step.slot]) {
          if (slot === undefined || slot === null) continue;
          expect(slot).toBeGreaterThan(newest);
          expect(slot).toBeLessThanOrEqual(now);
          newest = slot;
        }
        accounted += (step.slot === null ? 0 : 1) + (step.passedOver?.count ?? 0);
        expect(job.state.nextRunAt).toBeGreaterThan(now);
        expect(stepDue(job, now).slot).toBeNull();
      }
      expect(accounted).toBe(countSlots(schedule, now));
    }),
    { numRuns: 60 },
  );
});

function countSlots(schedule: Schedule, until: number): number {
  let count = 0;
  for (let at = nextSlot(schedule, CREATED_AT); at !== null && at <= until; at = nextSlot(schedule, at)) count++;
  return count;
}
