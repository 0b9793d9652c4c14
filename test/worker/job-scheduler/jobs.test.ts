import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { takeDue } from "../../../durable-objects/job-scheduler/due.ts";
import { forgetOldRuns } from "../../../durable-objects/job-scheduler/job-runs.ts";
import { nextDueAt } from "../../../durable-objects/job-scheduler/job-rows.ts";
import { addJob, findJob, listJobRuns, removeJob, updateJob } from "../../../durable-objects/job-scheduler/jobs.ts";
import { endRun, insertRun, markRunning } from "../../../durable-objects/job-scheduler/runs.ts";
import type { NewRun } from "../../../durable-objects/job-scheduler/run-plan.ts";
import { openScheduler, type SchedulerContext } from "../../../durable-objects/job-scheduler/scheduler-context.ts";
import type { JobInput, JobView } from "../../../protocol/jobs.ts";
import { formatConversationKey, formatSessionKey, type SessionKey } from "../../../protocol/session-key.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Far enough ahead for no alarm of these tests to go off. */
const NOW = Date.UTC(2030, 0, 1);

/** Agents of their own, so that no test sees what another one has left. */
const schedulerOf = (agent: string) => env.JOB_SCHEDULER.getByName(agent);
const directoryOf = (agent: string) => env.AGENT_DIRECTORY.getByName(agent);

const BRIEF = {
  name: "Daily brief",
  schedule: { kind: "cron", expr: "0 7 * * *" },
  payload: { kind: "agentTurn", message: "What is new?" },
} as const satisfies JobInput;
const NOBODY = { session: null };

function chatOf(agent: string, chatId: string, chatKind: "direct" | "group" = "direct"): SessionKey {
  return formatSessionKey({ agent, channel: "telegram", chatKind, chatId });
}

/** Makes a chat one that the agent knows. */
async function know(agent: string, session: SessionKey): Promise<void> {
  const conversation = formatConversationKey({ kind: "main", agent });
  await directoryOf(agent).report({ session, conversation, deadLetters: [] });
}

async function add(agent: string, input: unknown, origin: { session: SessionKey | null } = NOBODY): Promise<JobView> {
  const outcome = await schedulerOf(agent).addJob(input, origin);
  return outcome.ok ? outcome.job : expect.fail(outcome.refusal.message);
}

async function refusalOf(agent: string, input: unknown): Promise<string> {
  const outcome = await schedulerOf(agent).addJob(input, NOBODY);
  return outcome.ok ? expect.fail("it was taken") : `${outcome.refusal.code}: ${outcome.refusal.message}`;
}

/** Works on the rows of a scheduler by a clock of the test; no alarm is set. */
function inside<T>(agent: string, work: (scheduler: SchedulerContext) => T): Promise<T> {
  return runInDurableObject(schedulerOf(agent), (_object, state) => {
    return work({ ...openScheduler(state, env), stir: () => {} });
  });
}

/** A job of an hour's interval, by the clock of the test. */
function addHourly(scheduler: SchedulerContext, name: string): JobView {
  const outcome = addJob(
    scheduler,
    {
      name,
      schedule: { kind: "every", everyMs: HOUR_MS },
      payload: { kind: "systemEvent", text: "now" },
      delivery: { mode: "none" },
      timezone: "UTC",
    },
    NOW,
  );
  return outcome.ok ? outcome.job : expect.fail(outcome.refusal.message);
}

const unheard = () => expect.fail("nobody is to be told anything");
const ENDED = {
  status: "ok",
  error: null,
  text: "",
  usage: null,
  delivery: "not_requested",
  hasTranscript: false,
} as const;

describe("adding a job", () => {
  it("keeps it with its defaults, and knows when it is due", async () => {
    const job = await add("jobs-add", BRIEF);
    expect(job).toMatchObject({
      id: "daily-brief",
      enabled: true,
      deleteAfterRun: false,
      delivery: { mode: "announce", to: "owner" },
      failureAlert: { after: 2, cooldownMs: HOUR_MS },
      schedule: { kind: "cron", expr: "0 7 * * *", tz: "UTC", staggerMs: 0 },
    });
    expect(new Date(job.state.nextRunAt ?? 0).toISOString()).toMatch(/T07:00:00\.000Z$/);
    expect(await schedulerOf("jobs-add").findJob("daily-brief")).toEqual(job);
    expect(await schedulerOf("jobs-add").listJobs()).toEqual([job]);
    expect(await schedulerOf("jobs-add").schedulerStatus()).toEqual({
      jobs: 1,
      enabled: 1,
      nextRunAt: job.state.nextRunAt,
      running: 0,
      failing: 0,
    });
  });

  it("takes the time zone of the configuration, and keeps it when that changes", async () => {
    const set = (timezone: string) =>
      directoryOf("jobs-zone").changeConfiguration({ kind: "set", by: "admin", values: { timezone }, unset: [] });
    await set("Asia/Kolkata");
    const { id } = await add("jobs-zone", BRIEF);
    await set("Europe/Berlin");
    const renamed = await schedulerOf("jobs-zone").updateJob(id, { name: "Brief" });
    expect(renamed).toMatchObject({ ok: true, job: { schedule: { tz: "Asia/Kolkata" } } });
  });

  it("gives each an id of its own", async () => {
    const ids = [await add("jobs-ids", BRIEF), await add("jobs-ids", BRIEF)].map(({ id }) => id);
    expect(ids).toEqual(["daily-brief", "daily-brief-2"]);
  });

  it("resolves short names of models, and refuses what is no model", async () => {
    const values = { "models.aliases": { fast: "amazon-bedrock/claude-haiku" } };
    await directoryOf("jobs-model").changeConfiguration({ kind: "set", by: "admin", values, unset: [] });
    const withModel = (model: string) => ({ ...BRIEF, payload: { ...BRIEF.payload, model } });
    expect((await add("jobs-model", withModel("Fast"))).payload).toMatchObject({
      model: "amazon-bedrock/claude-haiku",
    });
    expect(await refusalOf("jobs-model", withModel("slow"))).toMatch(/^bad_model: The model must be/);
    expect(await refusalOf("jobs-model", withModel("openai/gpt-5"))).toMatch(/^bad_model: .* OPENAI_API_KEY/);
  });

  it("says what is wrong with one, in words", async () => {
    const agent = "jobs-bad";
    expect(await refusalOf(agent, { ...BRIEF, name: "" })).toMatch(/^bad_job: name/);
    expect(await refusalOf(agent, { ...BRIEF, schedule: { kind: "cron" } })).toMatch(/^bad_job: schedule.expr/);
    const { name: _name, ...nameless } = BRIEF;
    expect(await refusalOf(agent, nameless)).toBe("bad_job: name: this field is missing.");
    expect(await refusalOf(agent, "every day")).toMatch(/^bad_job/);
    expect(await refusalOf(agent, { ...BRIEF, schedule: { kind: "at", at: "2020-01-01" } })).toMatch(/^bad_schedule/);
    expect(await refusalOf(agent, { ...BRIEF, schedule: { kind: "cron", expr: "0 7 * * *", tz: "Mars/X" } })).toMatch(
      /^bad_schedule/,
    );
    const webhook = { mode: "webhook", url: "http://169.254.169.254/latest" };
    expect(await refusalOf(agent, { ...BRIEF, delivery: webhook })).toMatch(/^bad_delivery/);
    const silent = { ...BRIEF, payload: { kind: "reminder", text: "Stretch" }, delivery: { mode: "none" } };
    expect(await refusalOf(agent, silent)).toMatch(/^bad_delivery/);
    expect(await schedulerOf(agent).listJobs()).toEqual([]);
  });

  it("refuses more than 200", async () => {
    const outcomes = await inside("jobs-many", (scheduler) => {
      for (let made = 0; made < 200; made++) addHourly(scheduler, `Job ${made}`);
      const draft = { ...BRIEF, delivery: { mode: "none" }, timezone: "UTC" } as const;
      return addJob(scheduler, draft, NOW);
    });
    expect(outcomes).toMatchObject({ ok: false, refusal: { code: "too_many_jobs" } });
  });
});

describe("where a job's result goes", () => {
  const to = (place: string) => ({ ...BRIEF, delivery: { mode: "announce", to: place } });

  it("is where it was asked for, unless that is a job itself", async () => {
    const agent = "jobs-here";
    const chat = chatOf(agent, "42");
    expect((await add(agent, BRIEF, { session: chat })).delivery).toEqual({ mode: "announce", to: chat });
    expect((await add(agent, to("here"), { session: chat })).delivery).toEqual({ mode: "announce", to: chat });
    expect((await add(agent, to("owner"), { session: chat })).delivery).toEqual({ mode: "announce", to: "owner" });
    const job = formatSessionKey({ agent, channel: "job", chatKind: "direct", chatId: "brief" });
    expect((await add(agent, BRIEF, { session: job })).delivery).toEqual({ mode: "announce", to: "owner" });
  });

  it("is a chat that is known, by its key or as channel and id", async () => {
    const agent = "jobs-place";
    const [person, group] = [chatOf(agent, "42"), chatOf(agent, "-100", "group")];
    await know(agent, person);
    await know(agent, group);
    expect((await add(agent, to("telegram:42"))).delivery).toEqual({ mode: "announce", to: person });
    expect((await add(agent, to("telegram:-100"))).delivery).toEqual({ mode: "announce", to: group });
    expect((await add(agent, to(group))).delivery).toEqual({ mode: "announce", to: group });
  });

  it("is no chat that nobody knows, and none of another agent", async () => {
    const agent = "jobs-nowhere";
    await know(agent, chatOf("jobs-elsewhere", "42"));
    for (const place of ["telegram:42", "fax:1", "telegram:", chatOf(agent, "42"), chatOf("jobs-elsewhere", "42")]) {
      expect(await refusalOf(agent, to(place)), place).toMatch(/^bad_delivery/);
    }
  });
});

describe("changing a job", () => {
  it("replaces what is named, and computes the next slot anew if it must", async () => {
    const agent = "jobs-change";
    const { id, state } = await add(agent, BRIEF);
    const renamed = await schedulerOf(agent).updateJob(id, { name: "News", description: "All of it" });
    expect(renamed).toMatchObject({ ok: true, job: { id, name: "News", description: "All of it", state } });
    const moved = await schedulerOf(agent).updateJob(id, { schedule: { kind: "every", everyMs: HOUR_MS } });
    expect(moved.ok && (moved.job.state.nextRunAt ?? 0) < Date.now() + HOUR_MS + 1).toBe(true);
    const off = await schedulerOf(agent).updateJob(id, { enabled: false });
    expect(off).toMatchObject({ ok: true, job: { enabled: false, state: { nextRunAt: null } } });
    expect(await schedulerOf(agent).listJobs({ includeDisabled: false })).toEqual([]);
  });

  it("is refused if there is no such job, or the change is wrong, and then changes nothing", async () => {
    const agent = "jobs-change-bad";
    const job = await add(agent, BRIEF);
    const refused = (outcome: { ok: boolean }) => expect(outcome).toMatchObject({ ok: false });
    expect(await schedulerOf(agent).updateJob("nothing", {})).toMatchObject({ refusal: { code: "job_unknown" } });
    refused(await schedulerOf(agent).updateJob(job.id, { schedule: { kind: "at", at: "yesterday" }, name: "New" }));
    refused(await schedulerOf(agent).updateJob(job.id, { id: "other" }));
    refused(
      await schedulerOf(agent).updateJob(job.id, {
        payload: { kind: "reminder", text: "x" },
        delivery: { mode: "none" },
      }),
    );
    expect(await schedulerOf(agent).findJob(job.id)).toEqual(job);
  });

  it("does not bring back what is over", async () => {
    const outcome = await inside("jobs-over", (scheduler) => {
      const draft = {
        ...BRIEF,
        schedule: { kind: "at", at: "1m" },
        delivery: { mode: "none" },
        timezone: "UTC",
      } as const;
      const made = addJob(scheduler, { ...draft, enabled: false }, NOW);
      return made.ok ? updateJob(scheduler, made.job.id, { enabled: true, timezone: "UTC" }, NOW + HOUR_MS) : made;
    });
    expect(outcome).toMatchObject({ ok: false, refusal: { code: "bad_schedule" } });
  });

  it("does not run the slots of the old schedule", async () => {
    const state = await inside("jobs-moved", (scheduler) => {
      const { id } = addHourly(scheduler, "Hourly");
      const at = NOW + 10 * HOUR_MS + 1;
      const change = { schedule: { kind: "every", everyMs: DAY_MS, anchorMs: NOW }, timezone: "UTC" } as const;
      updateJob(scheduler, id, change, at);
      takeDue(scheduler, at + 1, unheard);
      return { runs: listJobRuns(scheduler, { limit: 10 }), job: findJob(scheduler, id) };
    });
    expect(state.runs).toEqual([]);
    expect(state.job?.state.nextRunAt).toBe(NOW + DAY_MS);
  });
});

describe("removing a job", () => {
  it("keeps what was run of it in the log, and takes back what waits", async () => {
    const agent = "jobs-remove";
    const seen = await inside(agent, (scheduler) => {
      const { id } = addHourly(scheduler, "Hourly");
      takeDue(scheduler, NOW + HOUR_MS, unheard);
      const removed = removeJob(scheduler, id, NOW + HOUR_MS + 1);
      return { removed, again: removeJob(scheduler, id, NOW), runs: listJobRuns(scheduler, { limit: 10 }) };
    });
    expect(seen.removed).toMatchObject({ ok: true, job: { id: "hourly" } });
    expect(seen.again).toMatchObject({ ok: false, refusal: { code: "job_unknown" } });
    expect(seen.runs).toMatchObject([{ status: "skipped", error: "job_removed", delivery: "not_requested" }]);
  });
});

describe("what is due", () => {
  it("is planned once, and again only when that run is over", async () => {
    const agent = "jobs-due";
    const seen = await inside(agent, (scheduler) => {
      const { id } = addHourly(scheduler, "Hourly");
      const first = NOW + HOUR_MS;
      takeDue(scheduler, first - 1, unheard);
      const before = listJobRuns(scheduler, { limit: 10 }).length;
      takeDue(scheduler, first, unheard);
      takeDue(scheduler, first, unheard);
      markRunning(scheduler.sql, `${id}:${first}`, first, first);
      const whileOpen = nextDueAt(scheduler.sql);
      takeDue(scheduler, first + 3 * HOUR_MS, unheard);
      endRun(scheduler.sql, `${id}:${first}`, ENDED, first + 3 * HOUR_MS);
      takeDue(scheduler, first + 3 * HOUR_MS, unheard);
      return { before, whileOpen, runs: listJobRuns(scheduler, { limit: 10 }) };
    });
    expect(seen.before).toBe(0);
    expect(seen.whileOpen).toBeNull();
    expect(seen.runs.map(({ slot, status, summary }) => [(slot - NOW) / HOUR_MS, status, summary])).toEqual([
      [4, null, null],
      [3, "missed", "slots: 2"],
      [1, "ok", null],
    ]);
  });

  it("tells of a one-shot that is too late", async () => {
    const told: unknown[] = [];
    await inside("jobs-late", (scheduler) => {
      const draft = {
        ...BRIEF,
        schedule: { kind: "at", at: "1h" },
        delivery: { mode: "none" },
        timezone: "UTC",
      } as const;
      addJob(scheduler, draft, NOW);
      takeDue(scheduler, NOW + 30 * DAY_MS, (notice) => told.push(notice));
    });
    expect(told).toEqual([{ kind: "once_missed", jobId: "daily-brief", name: "Daily brief", slot: NOW + HOUR_MS }]);
  });
});

describe("running a job at once", () => {
  it("makes a run besides its schedule, one at a time", async () => {
    const agent = "jobs-run";
    const { id, state } = await add(agent, { ...BRIEF, enabled: false });
    const started = await schedulerOf(agent).runJob(id);
    expect(started.ok && started.runId).toMatch(/^daily-brief:manual:[0-9a-f-]{36}$/);
    expect(await schedulerOf(agent).runJob(id)).toMatchObject({ ok: false, refusal: { code: "job_running" } });
    expect(await schedulerOf(agent).runJob("nothing")).toMatchObject({ ok: false, refusal: { code: "job_unknown" } });
    expect((await schedulerOf(agent).listRuns({ jobId: id, limit: 10 })).length).toBe(1);
    expect((await schedulerOf(agent).findJob(id))?.state).toEqual(state);
  });
});

it("the run log keeps the newest runs, none that is older than a quarter of a year, and all that are open", async () => {
  const kept = await inside("jobs-forget", ({ sql }) => {
    const runOf = (slot: number): NewRun => ({
      runId: `brief:${slot}`,
      jobId: "brief",
      kind: "job",
      slot,
      conversation: formatConversationKey({ kind: "main", agent: "jobs-forget" }),
      plan: { name: "Brief", delivery: { mode: "none" }, work: { kind: "say", text: "now" } },
    });
    for (let slot = 0; slot < 2_030; slot++) {
      insertRun(sql, runOf(slot), NOW);
      if (slot !== 5) endRun(sql, runOf(slot).runId, ENDED, slot === 40 ? NOW - 91 * DAY_MS : NOW);
    }
    forgetOldRuns(sql, NOW);
    return sql
      .exec<{ slot: number }>("SELECT slot FROM runs ORDER BY seq LIMIT 13")
      .toArray()
      .map(({ slot }) => slot);
  });
  expect(kept).toEqual([5, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 41, 42]);
});
