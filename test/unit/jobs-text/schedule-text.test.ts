import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextSlot } from "../../../durable-objects/job-scheduler/next-slot.ts";
import { formatDistance } from "../../../protocol/duration.ts";
import { jobName } from "../../../protocol/job-name.ts";
import { scheduleText } from "../../../protocol/job-text.ts";
import { scheduleOf, takeWhen } from "../../../protocol/job-when.ts";
import type { Schedule } from "../../../protocol/jobs.ts";

const cron = (expr: string): Schedule => ({ kind: "cron", expr, tz: "Europe/Berlin", staggerMs: 0 });
const inEnglish = (expr: string) => scheduleText(cron(expr), "UTC", "en");
const inGerman = (expr: string) => scheduleText(cron(expr), "UTC", "de");

describe("scheduleText", () => {
  it.each([
    ["0 8 * * *", "daily at 08:00", "täglich um 08:00"],
    ["5 17 * * 1-5", "on weekdays at 17:05", "werktags um 17:05"],
    ["0 9 * * MON-FRI", "on weekdays at 09:00", "werktags um 09:00"],
    ["0 9 * * 0-6", "daily at 09:00", "täglich um 09:00"],
    ["0 10 * * 6,7", "on weekends at 10:00", "am Wochenende um 10:00"],
    ["0 9 * * 1", "every Monday at 09:00", "jeden Montag um 09:00"],
    ["0 9 * * sun,wed", "every Wednesday and Sunday at 09:00", "jeden Mittwoch und Sonntag um 09:00"],
    ["0 7 1 * *", "on day 1 of each month at 07:00", "am 1. jedes Monats um 07:00"],
    ["15 * * * *", "every hour at minute 15", "jede Stunde zur Minute 15"],
    ["*/10 * * * *", "every 10 minutes", "alle 10 Minuten"],
  ])("says %s in words", (expr, english, german) => {
    expect(inEnglish(expr)).toBe(`${english} (Europe/Berlin)`);
    expect(inGerman(expr)).toBe(`${german} (Zeit von Europe/Berlin)`);
  });

  it.each([
    "*/7 * * * *",
    "0 8-10 * * *",
    "0 8 1 * 1",
    "0 8 * 12 *",
    "0 8 L * *",
    "0 8 * * 5#2",
    "0 0 8 * * *",
    "0 8 * * 8",
  ])("shows %s as it is, for it means more than words would say", (expr) =>
    expect(inEnglish(expr)).toBe(`by \`${expr}\` (Europe/Berlin)`),
  );

  it("says intervals and single times", () => {
    const every = (everyMs: number) => scheduleText({ kind: "every", everyMs, anchorMs: 0 }, "UTC", "en");
    expect([60_000, 3_600_000, 86_400_000, 5_400_000].map(every)).toEqual([
      "every minute",
      "every hour",
      "every 24 hours",
      "every 1 hour 30 minutes",
    ]);
    const at = Date.UTC(2026, 11, 24, 17);
    expect(scheduleText({ kind: "at", at }, "Europe/Berlin", "en")).toMatch(
      /^once, Dec 24, 2026, 6:00.PM \(Europe\/Berlin\)$/u,
    );
  });

  it("names the same slots as the words that were typed: what is read back means what was meant", () => {
    const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    const days = fc.constantFrom("daily", "weekdays", "weekends", "monday", "friday", "sunday");
    const from = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2029, 0, 1) });
    fc.assert(
      fc.property(days, time, from, (word, [hour, minute], now) => {
        const schedule = scheduleTyped(`${word} ${hour}:${String(minute).padStart(2, "0")}`, now);
        // Told in words, typed again.
        const told = scheduleText(schedule, "Europe/Berlin", "en")
          .replace(/ \(.*\)$/u, "")
          .replace(/^on /u, "");
        const again = scheduleTyped(told, now);
        expect(nextSlot(again, now)).toBe(nextSlot(schedule, now));
      }),
    );
  });
});

/** What somebody in Berlin plans. */
function scheduleTyped(text: string, now: number): Schedule {
  const taken = takeWhen(`${text} x`);
  const read = taken.ok ? scheduleOf(taken.value.when, { now, timezone: "Europe/Berlin" }) : taken;
  if (!read.ok || read.value.kind !== "cron") return expect.fail(`${text} is not read`);
  return cron(read.value.expr);
}

describe("formatDistance", () => {
  it("tells how far away a time is, in the unit that one would say", () => {
    const away = (ms: number) => formatDistance(1e12 + ms, 1e12, "en");
    expect([20_000, 90_000, 1_200_000, 90 * 60_000, 3 * 3_600_000, 47 * 3_600_000, 5 * 86_400_000].map(away)).toEqual([
      "in 20 seconds",
      "in 90 seconds",
      "in 20 minutes",
      "in 90 minutes",
      "in 3 hours",
      "in 47 hours",
      "in 5 days",
    ]);
    expect([away(-60_000), formatDistance(0, 7_200_000, "de")]).toEqual(["60 seconds ago", "vor 2 Stunden"]);
  });
});

describe("jobName", () => {
  it("is the beginning of the text, in whole words, and never more than a name may be", () => {
    expect(jobName("Water the plants\nand the herbs")).toBe("Water the plants");
    expect(jobName("Remind me of everything that there is to be reminded of")).toBe(
      "Remind me of everything that there is to",
    );
    expect(jobName("x".repeat(100))).toBe("x".repeat(40));
    expect(jobName(`${"x".repeat(39)}😀`)).toBe(`${"x".repeat(39)}�`);
    expect(jobName("\u202e \n")).toBe("job");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const name = jobName(text);
        expect(name.trim()).toBe(name);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(40);
        expect(name.isWellFormed()).toBe(true);
      }),
    );
  });
});
