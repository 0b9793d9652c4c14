import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, readDuration, takeDuration } from "../../../protocol/duration.ts";
import { scheduleOf, takeWhen } from "../../../protocol/job-when.ts";
import { JOB_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { DAY_MS, wallAt } from "../../../protocol/wall-clock.ts";

const ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"];
const zone = fc.constantFrom(...ZONES);
const now = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 0, 1) });
const WORDS = fc
  .array(fc.constantFrom("tea", "is", "ready", "Ada", "20", "m", "cron", "at", "Grüße", "9:00x"), { minLength: 1 })
  .map((words) => `say ${words.join(" ")}`);

const minutes = fc.integer({ min: 0, max: 1_439 });
const clock = (time: number) => `${Math.floor(time / 60)}:${String(time % 60).padStart(2, "0")}`;

/** What a time means for somebody. */
function planned(text: string, at: number, timezone: string) {
  const taken = takeWhen(text);
  if (!taken.ok) return taken;
  const schedule = scheduleOf(taken.value.when, { now: at, timezone });
  return schedule.ok ? { ...schedule, rest: taken.value.rest } : schedule;
}

describe("a duration", () => {
  it("is read as it is written, in both languages", () => {
    const steps = fc.integer({ min: 1, max: 40 * 86_400 });
    fc.assert(
      fc.property(steps, fc.constantFrom("en" as const, "de" as const), (seconds, language) => {
        expect(readDuration(formatDuration(seconds * 1_000, language))).toBe(seconds * 1_000);
      }),
    );
  });

  it.each([
    ["20m", 20],
    ["1h30m", 90],
    ["2 h 30 min", 150],
    ["1 hour and 30 minutes", 90],
    ["1 Stunde und 30 Minuten", 90],
    ["1d", 1_440],
    ["2 Wochen", 20_160],
  ])("is read in many ways: %s", (text, expected) => {
    expect(readDuration(text)).toBe(expected * 60_000);
  });

  it.each(["", "20", "m", "20x", "1h 1h", "20m30", "-5m", "1.5h"])("is not %j", (text) => {
    expect(readDuration(text)).toBeNull();
  });

  it("can be years, which may be too many", () => {
    expect(planned("in 11 years x", Date.UTC(2026, 0, 1), "UTC")).toEqual({ ok: false, error: "too_far" });
    expect(planned("in 11 Jahren x", Date.UTC(2026, 0, 1), "UTC")).toEqual({ ok: false, error: "too_far" });
  });

  it("ends where something else begins", () => {
    expect(takeDuration("20m tea for 2 people")).toEqual({ ms: 1_200_000, rest: " tea for 2 people" });
    expect(takeDuration("2 days 3 weeks of rest")).toEqual({ ms: 2 * DAY_MS, rest: " 3 weeks of rest" });
  });
});

describe("takeWhen", () => {
  it("leaves what follows the time as it was typed", () => {
    const time = fc.constantFrom(
      "in 20m",
      "at 2027-12-01 09:00",
      "tomorrow 9am",
      "every 2h",
      "daily 8:00",
      "fri 17:30",
    );
    fc.assert(
      fc.property(time, WORDS, (typed, text) => {
        const taken = takeWhen(`${typed} ${text}`);
        expect(taken).toMatchObject({ ok: true, value: { rest: text } });
      }),
    );
  });

  it("never throws, and either reads a time or says what is wrong", () => {
    const piece = fc.constantFrom(
      "in",
      "at",
      "every",
      "cron",
      "daily",
      "9:00",
      "20m",
      "2026-02-30",
      '"* * * * *"',
      "um",
      "—",
    );
    const typed = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(typed, now, zone, (text, at, timezone) => {
        const outcome = planned(text, at, timezone);
        expect(typeof outcome.ok).toBe("boolean");
      }),
      { numRuns: 200 },
    );
  });

  it("takes a duration from the moment in which it is typed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), now, zone, (count, at, timezone) => {
        expect(planned(`in ${count}m x`, at, timezone)).toEqual({
          ok: true,
          value: { kind: "at", at: new Date(at + count * 60_000).toISOString() },
          rest: "x",
        });
      }),
      { numRuns: 40 },
    );
  });

  it("takes a date and a time as the clock on the owner's wall shows them", () => {
    const day = fc.integer({ min: Date.UTC(2031, 0, 1) / DAY_MS, max: Date.UTC(2033, 0, 1) / DAY_MS });
    fc.assert(
      fc.property(day, minutes, now, zone, (days, time, at, timezone) => {
        const date = new Date(days * DAY_MS).toISOString().slice(0, 10);
        const outcome = planned(`at ${date} ${clock(time)} x`, at, timezone);
        if (!outcome.ok || outcome.value.kind !== "at") return expect.fail();
        const wall = wallAt(Date.parse(outcome.value.at), timezone);
        const wanted = days * DAY_MS + time * 60_000;
        // A time that the clock leaves out is where it jumps to.
        expect(wall - wanted).toBeGreaterThanOrEqual(0);
        expect(wall - wanted).toBeLessThanOrEqual(3_600_000);
        if (timezone === "UTC") expect(wall).toBe(wanted);
      }),
      { numRuns: 40 },
    );
  });

  it("takes a time of the day for the next one that is to come", () => {
    fc.assert(
      fc.property(minutes, now, zone, (time, at, timezone) => {
        const outcome = planned(`at ${clock(time)} x`, at, timezone);
        if (!outcome.ok || outcome.value.kind !== "at") return expect.fail();
        const ahead = Date.parse(outcome.value.at) - at;
        expect(ahead).toBeGreaterThan(0);
        expect(ahead).toBeLessThanOrEqual(DAY_MS + 3_600_000);
      }),
      { numRuns: 40 },
    );
  });

  it("means the same by a time with an offset wherever its reader is", () => {
    for (const timezone of ZONES) {
      expect(planned("at 2027-12-01T09:00+01:00 x", 0, timezone)).toMatchObject({ ok: false, error: "too_far" });
      expect(planned("at 2027-12-01T09:00+01:00 x", Date.UTC(2026, 1), timezone)).toMatchObject({
        value: { at: "2027-12-01T08:00:00.000Z" },
      });
    }
  });

  it("knows the days of the week by their names in both languages", () => {
    const expr = (typed: string) => {
      const taken = takeWhen(`${typed} x`);
      return taken.ok && taken.value.when.kind === "cron" ? taken.value.when.expr : null;
    };
    expect(
      [
        "daily 8:00",
        "täglich um 8:05 Uhr",
        "every day at 12am",
        "weekdays 9am",
        "werktags 9 Uhr",
        "weekends 10:00",
      ].map(expr),
    ).toEqual(["0 8 * * *", "5 8 * * *", "0 0 * * *", "0 9 * * 1-5", "0 9 * * 1-5", "0 10 * * 0,6"]);
    expect(["monday 9:00", "jeden Sonntag um 18:30", "every fri 12pm", "samstags 7:00"].map(expr)).toEqual([
      "0 9 * * 1",
      "30 18 * * 0",
      "0 12 * * 5",
      "0 7 * * 6",
    ]);
    expect(["cron “0 7 * * 1-5”", "cron 0 7 * * 1-5", "cron '30 0 7 * * 1-5'"].map(expr)).toEqual([
      "0 7 * * 1-5",
      "0 7 * * 1-5",
      "30 0 7 * * 1-5",
    ]);
  });

  it.each([
    ["soon x", "unknown"],
    ["in a while", "bad_duration"],
    ["every now and then", "bad_duration"],
    ["daily x", "bad_time"],
    ["daily 24:00 x", "bad_time"],
    ["daily 13pm x", "bad_time"],
    ["daily 8 x", "bad_time"],
    ["at 2026-02-30 9:00 x", "bad_date"],
    ["at 31.4.2027 9:00 x", "bad_date"],
    ["at 2026-02-30T09:00Z x", "bad_date"],
    ["cron 0 7 * * x", "bad_cron"],
    ['cron "0 7" x', "bad_cron"],
    ["cron", "bad_cron"],
  ])("says what is wrong with %s", (text, error) => {
    expect(takeWhen(text)).toEqual({ ok: false, error });
  });

  it("plans nothing that is over, further than ten years ahead, or closer than a minute", () => {
    const at = Date.UTC(2026, 10, 23);
    expect(planned("at 2026-11-22 23:59 x", at, "UTC")).toMatchObject({ error: "past" });
    expect(planned("today 0:00 x", at, "UTC")).toMatchObject({ error: "past" });
    expect(planned(`in ${JOB_BOUNDS.aheadMaxMs / DAY_MS + 1}d x`, at, "UTC")).toMatchObject({ error: "too_far" });
    expect(planned("in 999999999w x", at, "UTC")).toMatchObject({ error: "too_far" });
    expect(planned("every 999999999w x", at, "UTC")).toMatchObject({ error: "too_far" });
    expect(planned("every 59s x", at, "UTC")).toMatchObject({ error: "too_often" });
    expect(planned("every 60s x", at, "UTC")).toMatchObject({ value: { kind: "every", everyMs: 60_000 } });
  });
});
