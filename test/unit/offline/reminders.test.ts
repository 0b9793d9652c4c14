import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readReminder } from "../../../agent-container/src/agent/models/offline-reminder.ts";
import { nextSlot } from "../../../durable-objects/job-scheduler/next-slot.ts";
import { readSchedule } from "../../../durable-objects/job-scheduler/schedule.ts";

/** A Monday, 08:15:30 in Berlin. */
const NOW = Date.parse("2026-11-23T07:15:30Z");
const CLOCK = { now: NOW, timezone: "Europe/Berlin" };

function read(text: string): string {
  const wish = readReminder(text, CLOCK);
  switch (wish?.kind) {
    case undefined:
      return "nothing";
    case "plan": {
      const { schedule } = wish;
      const when =
        schedule.kind === "at" ? schedule.at : schedule.kind === "every" ? `every ${schedule.everyMs}` : schedule.expr;
      return `${when}: ${wish.text}`;
    }
    case "unclear":
      if (wish.understood) return `unclear, but ${wish.understood.time}`;
      return `unclear${wish.problem === null ? "" : `, ${wish.problem}`}`;
    case "list":
    case "cancel_all":
      return wish.kind;
    case "cancel":
      return `cancel ${wish.what}`;
  }
}

describe("readReminder", () => {
  it.each([
    ["remind me in 2 minutes to stretch", "2026-11-23T07:17:30.000Z: stretch"],
    ["Remind me to stretch in 2 minutes.", "2026-11-23T07:17:30.000Z: stretch"],
    ["please remind me in 3 seconds to stretch", "2026-11-23T07:15:33.000Z: stretch"],
    ["Could you remind me in half an hour about the oven, please?", "2026-11-23T07:45:30.000Z: the oven"],
    ["remind me in a minute that tea is ready", "2026-11-23T07:16:30.000Z: tea is ready"],
    ["remind me in 1 hour and 30 minutes to go", "2026-11-23T08:45:30.000Z: go"],
    ["remind me at 18:30 to cook", "2026-11-23T17:30:00.000Z: cook"],
    ["remind me to cook at 6pm", "2026-11-23T17:00:00.000Z: cook"],
    ["remind me at 8 to get up", "2026-11-24T07:00:00.000Z: get up"],
    ["remind me tomorrow at 9 to call Ada", "2026-11-24T08:00:00.000Z: call Ada"],
    ["remind me tomorrow to call Ada at 9", "2026-11-24T08:00:00.000Z: call Ada"],
    ["remind me to call Ada on Friday at 9", "2026-11-27T08:00:00.000Z: call Ada"],
    ["remind me on monday at 8 to plan", "2026-11-30T07:00:00.000Z: plan"],
    ["remind me on monday at 9 to plan", "2026-11-23T08:00:00.000Z: plan"],
    ["remind me to look around at home in 5 minutes", "2026-11-23T07:20:30.000Z: look around at home"],
    ["remind me every day at 8 to drink", "0 8 * * *: drink"],
    ["remind me to plan the day every weekday at 9", "0 9 * * 1-5: plan the day"],
    ["remind me Fridays at 9:00 to pay", "0 9 * * 5: pay"],
    ["remind me every 30 minutes to look up", "every 1800000: look up"],
    ["set a reminder in 5 minutes: the oven", "2026-11-23T07:20:30.000Z: the oven"],
    ["erinnere mich in 5 Minuten an den Tee", "2026-11-23T07:20:30.000Z: den Tee"],
    ["Erinnere mich bitte morgen um 9 an das Treffen", "2026-11-24T08:00:00.000Z: das Treffen"],
    ["erinnere mich daran, in zwei Stunden zu lüften", "2026-11-23T09:15:30.000Z: lüften"],
    ["erinner mich um 18:30 Uhr ans Kochen", "2026-11-23T17:30:00.000Z: Kochen"],
    ["erinnere mich am Freitag um 14 Uhr an die Rechnung", "2026-11-27T13:00:00.000Z: die Rechnung"],
    ["erinnere mich jeden Tag um 8 ans Trinken", "0 8 * * *: Trinken"],
    ["erinnere mich werktags um 9 an den Plan", "0 9 * * 1-5: den Plan"],
    ["erinnere mich alle 30 Minuten ans Trinken", "every 1800000: Trinken"],
    ["remind me in an hour and a half about the laundry", "2026-11-23T08:45:30.000Z: the laundry"],
    ["remind me in 1.5 hours to go", "2026-11-23T08:45:30.000Z: go"],
    ["erinnere mich in anderthalb Stunden an x", "2026-11-23T08:45:30.000Z: x"],
    ["remind me at 7 in the evening to cook", "2026-11-23T18:00:00.000Z: cook"],
    ["remind me to cook at 7 in the evening", "2026-11-23T18:00:00.000Z: cook"],
    ["erinnere mich um 20 Uhr 15 an den Film", "2026-11-23T19:15:00.000Z: den Film"],
    ["remind me at 5 past 9 to call", "2026-11-23T08:05:00.000Z: call"],
    ["remind me at half past 9 to call", "2026-11-23T08:30:00.000Z: call"],
    ["remind me at quarter to ten to call", "2026-11-23T08:45:00.000Z: call"],
    ["remind me at 9 to a certain degree", "2026-11-23T08:00:00.000Z: a certain degree"],
    ["erinnere mich um halb neun an den Bus", "2026-11-23T07:30:00.000Z: den Bus"],
    ["erinnere mich um 15 am Freitag an Ada", "2026-11-27T14:00:00.000Z: Ada"],
    ["in 10 minutes remind me to stretch", "2026-11-23T07:25:30.000Z: stretch"],
    ["tonight, please remind me to read", "2026-11-23T18:00:00.000Z: read"],
    ["remind me tonight at 9 to call Ada", "2026-11-23T20:00:00.000Z: call Ada"],
    ["remind me tonight to call Ada at 9", "2026-11-23T20:00:00.000Z: call Ada"],
    ["remind me at noon to eat", "2026-11-23T11:00:00.000Z: eat"],
    ["remind me tomorrow morning to run", "2026-11-24T07:00:00.000Z: run"],
    ["remind me to plan at 8 every monday", "0 8 * * 1: plan"],
    ["remind me every other day to water", "every 172800000: water"],
    ["erinnere mich übermorgen um 9 an Ada", "2026-11-25T08:00:00.000Z: Ada"],
    ["erinnere mich am 1.12. um 9 an Ada", "2026-12-01T08:00:00.000Z: Ada"],
    ["erinnere mich morgen früh um 7 an Ada", "2026-11-24T06:00:00.000Z: Ada"],
    ["erinnere mich heute Abend an Ada", "2026-11-23T18:00:00.000Z: Ada"],
    ["erinnere mich am Freitagabend um 8 an Ada", "2026-11-27T19:00:00.000Z: Ada"],
    ["remind me in 3 days at 9 to pay", "2026-11-26T08:00:00.000Z: pay"],
  ])("reads %j", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    ["remind me to call Ada", "unclear"],
    ["remind me in 2 minutes", "unclear"],
    ["remind me next week at 9:00 to call Ada", "unclear"],
    ["erinnere mich um 9:27 und 30 Sekunden an x", "unclear, but um 9:27"],
    ["remind me in 5 minutes and then to x", "unclear, but in 5 minutes"],
    ["remind me to water every other day at 9", "unclear, but at 9"],
    ["remind me every 2 days at 9 to water", "unclear, but every 2 days"],
    ["remind me to x in 2 hours at 9", "unclear, but at 9"],
    ["remind me at 12 in the morning to x", "unclear"],
    ["remind me at 15 past 25 to x", "unclear, but at 15"],
    ["remind me to work from 9 to 10", "unclear, but 9 to 10"],
    ["remind me to x on the first monday at 9", "unclear, but monday at 9"],
    ["remind me tonight at 1 to sleep", "unclear"],
    ["remind me to call Ada every month at 9", "unclear, but at 9"],
    ["remind me at 25:00 to sleep", "unclear"],
    ["remind me on 2026-01-01 at 9:00 to travel back", "unclear, past"],
    ["remind me every 10 seconds to blink", "unclear, too_often"],
    ["remind me in 90000 days to live", "unclear, too_far"],
  ])("guesses nothing of %j", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    ["list my reminders", "list"],
    ["What reminders do I have?", "list"],
    ["show me all my reminders", "list"],
    ["zeige meine Erinnerungen", "list"],
    ["Welche Erinnerungen habe ich?", "list"],
    ["was sind meine Erinnerungen?", "list"],
    ["cancel all reminders", "cancel_all"],
    ["lösche alle meine Erinnerungen", "cancel_all"],
    ["cancel reminder stretch", "cancel stretch"],
    ["Cancel the stretch reminder.", "cancel stretch"],
    ['delete my reminder to "call Ada"', "cancel call Ada"],
    ["lösche Erinnerung Tee", "cancel Tee"],
    ["Erinnerung an den Tee löschen", "cancel den Tee"],
    ["what is a reminder?", "nothing"],
    ["do you remember me?", "nothing"],
    ["I was reminded in 2 minutes to stretch", "nothing"],
  ])("takes %j for what it is", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it("speaks the language that it was asked in", () => {
    expect(readReminder("erinnere mich an Ada", CLOCK)?.language).toBe("de");
    expect(readReminder("remind me of Ada", CLOCK)?.language).toBe("en");
  });

  const words = fc.array(
    fc.oneof(
      fc.constantFrom(
        ..."to an at um on in tomorrow morgen every Friday 18:30 25:00 half an hour , . please".split(" "),
      ),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 4 },
  );
  const count = fc.oneof(fc.nat({ max: 90 }), fc.nat({ max: 1_000_000 })).map(String);
  const time = fc.oneof(
    fc
      .tuple(fc.nat({ max: 26 }), fc.nat({ max: 61 }))
      .map(([hour, minute]) => `${hour}:${String(minute).padStart(2, "0")}`),
    fc.nat({ max: 26 }).map(String),
  );
  const unit = fc.constantFrom("seconds", "minutes", "hours", "days", "weeks", "Minuten", "Stunden");
  const lead = fc.constantFrom(
    "at",
    "um",
    "tomorrow at",
    "morgen um",
    "on Friday at",
    "am Sonntag um",
    "every day at",
    "werktags um",
  );
  const when = fc.oneof(
    fc.tuple(fc.constantFrom("in", "every", "alle"), count, unit).map((parts) => parts.join(" ")),
    fc.tuple(lead, time).map((parts) => parts.join(" ")),
  );
  const asks = fc.constantFrom("remind me", "erinnere mich", "set a reminder", "");
  const text = fc.tuple(asks, words, when, words).map((parts) => parts.flat().join(" "));
  const clock = fc.record({
    now: fc.integer({ min: Date.parse("2020-01-01T00:00:00Z"), max: Date.parse("2040-01-01T00:00:00Z") }),
    timezone: fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/New_York",
      "Asia/Kathmandu",
      "Australia/Lord_Howe",
      "Pacific/Apia",
    ),
  });

  it("never throws, and whatever it accepts lies in the future and is taken by the scheduler", () => {
    let planned = 0;
    fc.assert(
      fc.property(text, clock, (said, at) => {
        const wish = readReminder(said, at);
        if (wish?.kind !== "plan") return;
        planned += 1;
        expect(wish.text.trim()).toBe(wish.text);
        expect(wish.text).not.toBe("");
        const schedule = readSchedule(wish.schedule, { jobId: "a", ...at });
        if (!schedule.ok) return expect.fail(schedule.error);
        const next = nextSlot(schedule.value, at.now) ?? expect.fail("it never comes");
        expect(next).toBeGreaterThan(at.now);
      }),
      { numRuns: 2_000 },
    );
    expect(planned).toBeGreaterThan(200);
  });
});
