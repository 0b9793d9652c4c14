import { describe, expect, it } from "vitest";
import { type JobNotice, renderJobNotice } from "../../../durable-objects/job-scheduler/job-notice.ts";
import { textsFor } from "../../../protocol/texts/language.ts";

const brief = { jobId: "daily-brief", name: "Daily `brief`" };
const notices: readonly JobNotice[] = [
  { kind: "once_missed", ...brief, slot: Date.parse("2026-03-29T05:30:00Z") },
  { kind: "once_failed", ...brief, code: "model_key_missing" },
  { kind: "hook_failed", ...brief, code: "agent_refused" },
  { kind: "events_lost", ...brief, count: 3 },
  { kind: "failing", ...brief, failures: 2, code: "agent_unavailable" },
  { kind: "recovered", ...brief, failures: 5 },
  { kind: "switched_off", ...brief, failures: 10, code: "model_failed" },
  { kind: "schedule_broken", ...brief },
  { kind: "undelivered", ...brief, isKept: true, isInDoubt: false },
  { kind: "undelivered", ...brief, isKept: false, isInDoubt: false },
  { kind: "undelivered", ...brief, isKept: true, isInDoubt: true },
];
const render = (notice: JobNotice, language: "en" | "de" = "en") =>
  renderJobNotice(notice, { timezone: "Europe/Berlin", texts: textsFor(language) });

describe.each(["en", "de"] as const)("in %s", (language) => {
  it("every notice names the job and is a text of its own", () => {
    const texts = notices.map((notice) => render(notice, language));
    for (const text of texts) {
      expect(text).toContain("Daily");
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
    }
    expect(new Set(texts).size).toBe(notices.length);
  });

  it("whoever is to do something is told which job it is", () => {
    const switchedOff = notices.filter(({ kind }) => ["once_missed", "once_failed", "switched_off"].includes(kind));
    for (const notice of switchedOff) expect(render(notice, language)).toContain("`daily-brief`");
  });
});

it("a time is that of the owner's clock", () => {
  expect(render({ kind: "once_missed", ...brief, slot: Date.parse("2026-03-29T05:30:00Z") })).toMatch(/7:30/);
});

it("a failure is told by its code, and in words where there are some", () => {
  const texts = textsFor("en");
  const known = render({ kind: "failing", ...brief, failures: 2, code: "agent_unavailable" });
  expect(known).toContain(texts.failures.reasons.agent_unavailable);
  expect(known).toContain("`agent_unavailable`");
  expect(render({ kind: "failing", ...brief, failures: 2, code: "odd" })).toContain(texts.failures.unknown);
});
