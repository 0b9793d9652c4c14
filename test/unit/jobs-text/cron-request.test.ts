import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCronRequest } from "../../../durable-objects/channel-session/command-cron-request.ts";
import {
  type Reader,
  renderAdded,
  renderJob,
  renderJobs,
  renderRefusal,
  renderRuns,
} from "../../../durable-objects/channel-session/command-cron-text.ts";
import { renderStatus } from "../../../durable-objects/channel-session/command-status.ts";
import { LANGUAGES } from "../../../protocol/access.ts";
import { DELIVERY_STATUSES, type JobView, RUN_STATUSES, type RunView } from "../../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { textsFor } from "../../../protocol/texts/language.ts";
import { facts, SESSION, USAGE } from "../session/command-facts.ts";
import { MAIN } from "../session/names.ts";

describe("readCronRequest", () => {
  it.each([
    ["", { what: "list" }],
    ["list", { what: "list" }],
    ["help", { what: "help" }],
    ["frobnicate", { what: "help" }],
    ["rm 2", { what: "remove", job: "2" }],
    ["DELETE water-the-plants", { what: "remove", job: "water-the-plants" }],
    ["on 3", { what: "enable", job: "3" }],
    [
      "on 1.12.2027 9:00 x",
      { what: "add", name: "x", payload: { kind: "reminder", text: "x" }, when: expect.anything() },
    ],
    ["aus Morgenbericht", { what: "disable", job: "Morgenbericht" }],
    ["run x", { what: "run", job: "x" }],
    ["runs", { what: "runs", job: null }],
    ["runs x", { what: "runs", job: "x" }],
    ["show", { what: "malformed", problem: "no_job" }],
    ["add", { what: "malformed", problem: "unknown" }],
    ["add soon tea", { what: "malformed", problem: "unknown" }],
    ["add in 20m", { what: "malformed", problem: "no_text" }],
    ["add in 20m ask:", { what: "malformed", problem: "no_text" }],
    ["daily", { what: "malformed", problem: "bad_time" }],
  ])("reads %j", (text, request) => {
    expect(readCronRequest(text)).toEqual(request);
  });

  it.each([
    ["Tea is ready", { kind: "reminder", text: "Tea is ready" }],
    ["ask: What is new?", { kind: "agentTurn", message: "What is new?" }],
    ["Frage: Was gibt es Neues?", { kind: "agentTurn", message: "Was gibt es Neues?" }],
    ["--ask What is new?", { kind: "agentTurn", message: "What is new?" }],
    ["What is new? --ask", { kind: "agentTurn", message: "What is new?" }],
    ["--event Stand-up", { kind: "systemEvent", text: "Stand-up" }],
    ["say: ask: who am I?", { kind: "reminder", text: "ask: who am I?" }],
    ["ask Ada about --ask flags", { kind: "reminder", text: "ask Ada about --ask flags" }],
    ["one\ntwo", { kind: "reminder", text: "one\ntwo" }],
  ])("says a text as it is, unless it says how else it is meant: %j", (text, payload) => {
    for (const verb of ["add ", "new ", ""]) {
      expect(readCronRequest(`${verb}in 20m ${text}`)).toMatchObject({ what: "add", payload });
    }
  });

  it("never throws, whatever is typed", () => {
    const word = fc.constantFrom(
      "add",
      "rm",
      "in",
      "20m",
      "at",
      "9:00",
      "ask:",
      "--ask",
      "cron",
      '"',
      "on",
      "every",
      "tea",
    );
    const typed = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(word).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(typed, (text) => {
        const request = readCronRequest(text);
        if (request.what !== "add") return;
        expect(request.name.length).toBeLessThanOrEqual(JOB_BOUNDS.nameMax);
        expect(request.name).not.toBe("");
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a text that no job may have", () => {
    expect(readCronRequest(`in 20m ${"x".repeat(JOB_BOUNDS.textMax + 1)}`)).toEqual({
      what: "malformed",
      problem: "text_too_long",
    });
  });
});

/** Telegram's longest message; the other platforms' are split. */
const MESSAGE_MAX = 4_096;
const label = fc.string({ unit: "binary", minLength: 1, maxLength: JOB_BOUNDS.nameMax });
const long = fc.string({ unit: "binary", minLength: 1, maxLength: 6_000, size: "max" });
const job: fc.Arbitrary<JobView> = fc.record({
  id: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
  name: label,
  description: fc.constant(null),
  schedule: fc.constantFrom(
    {
      kind: "cron" as const,
      expr: `${"1,".repeat(90)}1 * * * *`,
      tz: "America/Argentina/ComodRivadavia",
      staggerMs: 9_000,
    },
    { kind: "every" as const, everyMs: 123_456_789_000, anchorMs: 0 },
    { kind: "at" as const, at: Date.UTC(2030, 1) },
  ),
  payload: fc.oneof(
    long.map((text) => ({ kind: "reminder" as const, text })),
    long.map((message) => ({ kind: "agentTurn" as const, message })),
  ),
  delivery: fc.constantFrom(
    { mode: "announce" as const, to: SESSION },
    { mode: "announce" as const, to: "owner" as const },
    { mode: "webhook" as const, url: "https://hooks.example/secret-path" },
    { mode: "none" as const },
  ),
  enabled: fc.boolean(),
  deleteAfterRun: fc.boolean(),
  failureAlert: fc.constant(false as const),
  createdAt: fc.constant(0),
  updatedAt: fc.constant(0),
  state: fc.record({
    lastSlot: fc.constant(null),
    nextRunAt: fc.constantFrom(null, Date.UTC(2029, 1)),
    lastRunAt: fc.constantFrom(null, Date.UTC(2026, 1)),
    lastStatus: fc.constantFrom(null, ...RUN_STATUSES),
    lastError: fc.option(long),
    failuresInRow: fc.nat(100),
    isAlerted: fc.boolean(),
    alertedAt: fc.constant(null),
    scheduleErrors: fc.constant(0),
    missed: fc.nat(100),
  }),
});
const run: fc.Arbitrary<RunView> = fc.record({
  runId: label,
  jobId: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
  kind: fc.constant("job" as const),
  slot: fc.constant(0),
  startedAt: fc.constantFrom(null, 1_000),
  endedAt: fc.constantFrom(null, 2_000),
  attempt: fc.nat(),
  status: fc.constantFrom(null, ...RUN_STATUSES),
  error: fc.option(long),
  summary: fc.option(long),
  delivery: fc.constantFrom(...DELIVERY_STATUSES),
  conversation: fc.constant(MAIN),
  usage: fc.constantFrom(null, USAGE),
});

describe("what /cron says", () => {
  const reader = (language: Reader["language"]): Reader => ({
    language,
    timezone: "Europe/Berlin",
    session: SESSION,
    now: Date.UTC(2026, 10, 23),
  });

  it("fits into one message of every platform, with labels that a platform takes", () => {
    fc.assert(
      fc.property(
        fc.array(job, { minLength: 1, maxLength: 30, size: "max" }),
        fc.array(run, { maxLength: 20 }),
        fc.constantFrom(...LANGUAGES),
        (jobs, runs, language) => {
          const [first] = jobs;
          if (!first) return;
          const card = renderJob(first, runs[0] ?? null, reader(language));
          const added = renderAdded(first, reader(language));
          const refusal = renderRefusal({ code: "bad_job", message: first.name.repeat(100) }, language);
          const texts = [renderJobs(jobs, reader(language)), renderRuns(runs, null, reader(language)), card.text];
          for (const text of [...texts, added.text, refusal]) expect(text.length).toBeLessThanOrEqual(MESSAGE_MAX);
          const buttons = [...(card.buttons ?? []), ...(added.buttons ?? [])].flat();
          for (const { label: shown } of buttons) expect(shown.length).toBeLessThanOrEqual(64);
        },
      ),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it("tells of a webhook only where it is, for its path may be a secret", () => {
    const [hooked] = fc.sample(job, { numRuns: 1, seed: 1 });
    if (!hooked) return expect.fail();
    const delivery = { mode: "webhook", url: "https://hooks.example/secret-path" } as const;
    const { text } = renderJob({ ...hooked, delivery }, null, reader("en"));
    expect(text).toContain("`hooks.example`");
    expect(text).not.toContain("secret-path");
  });

  it.each(LANGUAGES)("answers each mistake with an example that is none (%s)", (language) => {
    const { problem, refused } = textsFor(language).jobs;
    for (const text of [...Object.values(problem), refused.bad_schedule]) {
      const examples = [...text.matchAll(/`\/cron ([^`]*)`/gu)].map(([, example = ""]) => readCronRequest(example));
      expect(examples.length, text).toBeGreaterThan(0);
      for (const example of examples) expect(["malformed", "help"], text).not.toContain(example.what);
    }
  });
});

describe("the line of jobs in /status", () => {
  const now = Date.UTC(2026, 10, 23);
  const line = (jobs: Parameters<typeof renderStatus>[0]["jobs"], language: "en" | "de" = "en") =>
    renderStatus(facts({ jobs, now }), language)
      .split("\n")
      .find((each) => each.includes("⏰"));

  it("tells how many there are, the next one, and which fail; nothing where it is not known", () => {
    const jobs = { jobs: 5, enabled: 4, nextRunAt: now + 3_000_000, failing: 1 };
    expect(line(jobs)).toBe("- ⏰ Jobs: 4, 1 switched off, next in 50 minutes, ⚠️ failing: 1");
    expect(line(jobs, "de")).toBe("- ⏰ Aufträge: 4, 1 ausgeschaltet, der nächste in 50 Minuten, ⚠️ gescheitert: 1");
    expect(line({ jobs: 0, enabled: 0, nextRunAt: null, failing: 0 })).toBe("- ⏰ Jobs: none");
    expect(line(null)).toBeUndefined();
  });
});
