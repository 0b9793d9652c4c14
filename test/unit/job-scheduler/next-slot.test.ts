import { describe, expect, it } from "vitest";
import { nextSlot } from "../../../durable-objects/job-scheduler/next-slot.ts";

/** The next slots of an expression, in UTC. */
function slots(expr: string, tz: string, after: string, count: number, staggerMs = 0): string[] {
  const found: string[] = [];
  let at = Date.parse(after);
  while (found.length < count) {
    at = nextSlot({ kind: "cron", expr, tz, staggerMs }, at) ?? expect.fail("there is no next slot");
    found.push(new Date(at).toISOString().replace(":00.000Z", ""));
  }
  return found;
}

describe("when the clock is put forward", () => {
  it("a fixed time that is jumped over comes right after the jump, once", () => {
    expect(slots("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2)).toEqual([
      "2026-03-29T01:00",
      "2026-03-30T00:30",
    ]);
    expect(slots("15 2 * * *", "America/New_York", "2026-03-07T12:00Z", 2)).toEqual([
      "2026-03-08T07:00",
      "2026-03-09T06:15",
    ]);
    // Half an hour is jumped over: from 2:00 to 2:30.
    expect(slots("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", 2)).toEqual([
      "2026-10-03T15:30",
      "2026-10-04T15:15",
    ]);
    // At midnight.
    expect(slots("0 0 * * *", "America/Santiago", "2026-09-05T12:00Z", 2)).toEqual([
      "2026-09-06T04:00",
      "2026-09-07T03:00",
    ]);
    expect(slots("30 0 * * *", "Africa/Cairo", "2026-04-23T12:00Z", 2)).toEqual([
      "2026-04-23T22:00",
      "2026-04-24T21:30",
    ]);
  });

  it("of a list of fixed times none is lost, and those that fall together are one", () => {
    expect(slots("0,30 2-3 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 3)).toEqual([
      "2026-03-29T01:00",
      "2026-03-29T01:30",
      "2026-03-30T00:00",
    ]);
    expect(slots("30 2,14 * * *", "Europe/Berlin", "2026-03-28T14:00Z", 2)).toEqual([
      "2026-03-29T01:00",
      "2026-03-29T12:30",
    ]);
  });

  it("intervals go on as the clock runs", () => {
    expect(slots("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00Z", 4)).toEqual([
      "2026-03-29T00:30",
      "2026-03-29T01:00",
      "2026-03-29T01:30",
      "2026-03-29T02:00",
    ]);
  });

  it("a day that a country leaves out has no slot", () => {
    expect(slots("0 12 * * *", "Pacific/Apia", "2011-12-29T12:00Z", 2)).toEqual([
      "2011-12-29T22:00",
      "2011-12-30T22:00",
    ]);
  });
});

describe("when the clock is put back", () => {
  it("a fixed time that is shown twice comes once, the first time", () => {
    expect(slots("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2)).toEqual([
      "2026-10-25T00:30",
      "2026-10-26T01:30",
    ]);
    expect(slots("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", 2)).toEqual([
      "2026-04-04T14:45",
      "2026-04-05T15:15",
    ]);
    expect(slots("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", 2)).toEqual([
      "2026-11-01T05:30",
      "2026-11-02T06:30",
    ]);
    expect(slots("30 23 * * *", "America/Santiago", "2026-04-04T12:00Z", 2)).toEqual([
      "2026-04-05T02:30",
      "2026-04-06T03:30",
    ]);
  });

  it("asked in the second of the two hours, it is still over", () => {
    expect(slots("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", 1)).toEqual(["2026-10-26T01:30"]);
  });

  it("intervals come in both hours", () => {
    expect(slots("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:45Z", 5)).toEqual([
      "2026-10-25T00:00",
      "2026-10-25T00:30",
      "2026-10-25T01:00",
      "2026-10-25T01:30",
      "2026-10-25T02:00",
    ]);
  });
});

describe("an expression", () => {
  it("follows the zone where clocks never change, also by half an hour", () => {
    expect(slots("0 7 * * *", "Asia/Kolkata", "2026-03-28T12:00Z", 2)).toEqual([
      "2026-03-29T01:30",
      "2026-03-30T01:30",
    ]);
    expect(slots("0 7 * * *", "America/Sao_Paulo", "2026-10-24T12:00Z", 1)).toEqual(["2026-10-25T10:00"]);
  });

  it("takes a day of the month or a day of the week, and both with a +", () => {
    expect(slots("0 0 13 * FRI", "UTC", "2026-02-01T00:00Z", 3)).toEqual([
      "2026-02-06T00:00",
      "2026-02-13T00:00",
      "2026-02-20T00:00",
    ]);
    expect(slots("0 0 13 * +FRI", "UTC", "2026-02-01T00:00Z", 3)).toEqual([
      "2026-02-13T00:00",
      "2026-03-13T00:00",
      "2026-11-13T00:00",
    ]);
  });

  it("is as much later as its job is staggered, around changes of the clock as well", () => {
    expect(slots("0 * * * *", "Europe/Berlin", "2026-10-25T00:01Z", 2, 120_000)).toEqual([
      "2026-10-25T00:02",
      "2026-10-25T01:02",
    ]);
  });

  it("counts from within a second as from its beginning", () => {
    expect(slots("0 7 * * *", "UTC", "2026-01-01T06:59:59.999Z", 1)).toEqual(["2026-01-01T07:00"]);
    expect(slots("0 7 * * *", "UTC", "2026-01-01T07:00:00.001Z", 1)).toEqual(["2026-01-02T07:00"]);
  });
});

describe("an interval", () => {
  const schedule = { kind: "every", everyMs: 100, anchorMs: 1_000 } as const;

  it("begins at its anchor and keeps to it", () => {
    expect(nextSlot(schedule, 0)).toBe(1_000);
    expect(nextSlot(schedule, 999)).toBe(1_000);
    expect(nextSlot(schedule, 1_000)).toBe(1_100);
    expect(nextSlot(schedule, 1_250)).toBe(1_300);
  });
});

it("a single time comes once", () => {
  expect(nextSlot({ kind: "at", at: 5 }, 4)).toBe(5);
  expect(nextSlot({ kind: "at", at: 5 }, 5)).toBeNull();
});
