import { describe, expect, it } from "vitest";
import { readSchedule } from "../../../durable-objects/job-scheduler/schedule.ts";
import type { ScheduleInput } from "../../../protocol/jobs.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./jobs.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

function read(input: ScheduleInput, timezone = "Europe/Berlin") {
  const read = readSchedule(input, { jobId: "brief", now: NOW, timezone });
  return read.ok ? read.value : read.error;
}
const at = (text: string) => {
  const schedule = read({ kind: "at", at: text });
  return typeof schedule === "string" || schedule.kind !== "at" ? schedule : schedule.at;
};
const cron = (expr: string, more: { tz?: string; staggerMs?: number } = {}) => read({ kind: "cron", expr, ...more });

describe("a single time", () => {
  it("is UTC without an offset", () => {
    expect(at("2026-11-24T08:00")).toBe(Date.parse("2026-11-24T08:00:00Z"));
    expect(at("2026-11-24 08:00:30")).toBe(Date.parse("2026-11-24T08:00:30Z"));
    expect(at("2026-11-24")).toBe(Date.parse("2026-11-24T00:00:00Z"));
  });

  it("is what its offset says", () => {
    const morning = Date.parse("2026-11-24T07:00:00Z");
    for (const text of ["2026-11-24T08:00+01:00", "2026-11-24T08:00+0100", "2026-11-24T08:00:00.000+01"]) {
      expect(at(text), text).toBe(morning);
    }
    expect(at("2026-11-24T07:00z")).toBe(morning);
  });

  it("is never earlier than it says", () => {
    expect(at("2026-11-24T07:00:03.999Z")).toBe(Date.parse("2026-11-24T07:00:03.999Z"));
  });

  it("can be a time from now", () => {
    expect(at("20m")).toBe(NOW + 20 * MINUTE_MS);
    expect(at("45s")).toBe(NOW + 45_000);
    expect(at("in 2h")).toBe(NOW + 2 * HOUR_MS);
    expect(at("1d 2h30m")).toBe(NOW + DAY_MS + 2.5 * HOUR_MS);
  });

  it("is refused when it is over, too far away, or none", () => {
    expect(at("2026-11-23T12:00:00Z")).toMatch(/is over/);
    expect(at("0m")).toMatch(/is over/);
    expect(at("4000d")).toMatch(/ten years/);
    for (const text of ["", "tomorrow", "2026-02-30T08:00", "2026-13-01", "2027-01-01T25:00", "20 minutes", "m"]) {
      expect(at(text), text).toMatch(/ISO 8601/);
    }
  });
});

describe("an interval", () => {
  it("counts from now, or from its anchor", () => {
    expect(read({ kind: "every", everyMs: HOUR_MS })).toEqual({ kind: "every", everyMs: HOUR_MS, anchorMs: NOW });
    expect(read({ kind: "every", everyMs: HOUR_MS, anchorMs: 5 })).toMatchObject({ anchorMs: 5 });
  });

  it("is refused below a minute, and beyond ten years", () => {
    expect(read({ kind: "every", everyMs: 59_999 })).toMatch(/a minute apart/);
    expect(read({ kind: "every", everyMs: 4_000 * DAY_MS })).toMatch(/ten years/);
    expect(read({ kind: "every", everyMs: HOUR_MS, anchorMs: NOW + 4_000 * DAY_MS })).toMatch(/ten years/);
  });
});

describe("an expression", () => {
  it("is in the agent's time zone unless it names one", () => {
    expect(cron("0 7 * * *")).toEqual({ kind: "cron", expr: "0 7 * * *", tz: "Europe/Berlin", staggerMs: 0 });
    expect(cron("0 7 * * *", { tz: "Asia/Kolkata" })).toMatchObject({ tz: "Asia/Kolkata" });
    expect(cron("0 7 * * *", { tz: "Mars/Olympus" })).toMatch(/IANA time zone/);
  });

  it("has five fields or six", () => {
    expect(cron(" 30 0 7 * * * ")).toMatchObject({ expr: "30 0 7 * * *" });
    for (const expr of ["", "0 7 * *", "0 0 7 * * * 2027", "61 * * * *", "every day", "0 7 * * XYZ"]) {
      expect(cron(expr), expr).toMatch(/five fields/);
    }
  });

  it("says which field is wrong", () => {
    expect(cron("99 7 1 * *")).toMatch(/^The minute "99" is none: it goes from 0 to 59\./);
    expect(cron("0 0 7 32 * *")).toMatch(/^The day "32" is none: it goes from 1 to 31\./);
    expect(cron("0 7 * *")).toMatch(/^The expression has five fields/);
  });

  it("is refused if two runs can be less than a minute apart", () => {
    // Of the last one the first of the two is over today.
    const close = ["* * * * * *", "*/30 * * * * *", "0,59 0 0 1 1 *", "10-11 0 12 29 2 *", "0,30 0 13 23 11 *"];
    for (const expr of close) {
      expect(cron(expr), expr).toMatch(/a minute apart/);
    }
    expect(cron("* * * * *")).toMatchObject({ expr: "* * * * *" });
    expect(cron("30 * * * * *")).toMatchObject({ expr: "30 * * * * *" });
  });

  it("is refused if it never comes", () => {
    for (const expr of ["0 0 30 2 *", "0 0 31 4,6,9,11 *"]) expect(cron(expr), expr).toMatch(/never comes/);
    expect(cron("0 0 29 2 *")).toMatchObject({ kind: "cron" });
  });
});

describe("jobs at each full hour", () => {
  const staggerOf = (expr: string, jobId: string, staggerMs?: number) => {
    const input = { kind: "cron", expr, ...(staggerMs !== undefined && { staggerMs }) } as const;
    const read = readSchedule(input, { jobId, now: NOW, timezone: "UTC" });
    return read.ok && read.value.kind === "cron" ? read.value.staggerMs : expect.fail("not read");
  };
  const ids = Array.from({ length: 100 }, (_, index) => `job-${index}`);

  it("are spread over five minutes, each always by the same whole seconds", () => {
    const delays = ids.map((id) => staggerOf("0 * * * *", id));
    expect(delays).toEqual(ids.map((id) => staggerOf("0 */2 * * *", id)));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(300_000);
    expect(delays.every((delay) => delay % 1_000 === 0)).toBe(true);
    expect(new Set(delays).size).toBeGreaterThan(70);
    expect(staggerOf("@hourly", "job-1")).toBe(staggerOf("0 0 * * * *", "job-1"));
  });

  it("come exactly then if they are to, and so do fixed hours", () => {
    for (const id of ids) {
      expect(staggerOf("0 * * * *", id, 0)).toBe(0);
      for (const expr of ["0 7 * * *", "0 9,17 * * *", "30 * * * *", "*/5 * * * *", "30 0 * * * *"]) {
        expect(staggerOf(expr, id), expr).toBe(0);
      }
    }
  });

  it("can be spread over less, and not over more", () => {
    expect(Math.max(...ids.map((id) => staggerOf("15 7 * * *", id, 10_000)))).toBe(10_000);
    expect(cron("0 * * * *", { staggerMs: 300_001 })).toMatch(/five minutes/);
  });
});
