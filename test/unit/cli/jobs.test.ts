import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeJobs } from "../../../cli/doctor/jobs.ts";
import { EXIT } from "../../../cli/exit-code.ts";
import type { JobAnswer, JobsStatus, RunAnswer } from "../../../cli/job-answers.ts";
import { showStatus } from "../../../cli/verbs/status.ts";
import { jobVerbs } from "../../../cli/verbs/jobs.ts";
import { AdminServer, verbOf } from "./admin-server.ts";

const NOW = Date.UTC(2026, 10, 23, 7);
const HOUR = 3_600_000;
const STATE = {
  nextRunAt: NOW + 24 * HOUR,
  lastRunAt: null,
  lastStatus: null,
  lastError: null,
  failuresInRow: 0,
  missed: 0,
};
const PLANTS: JobAnswer = {
  id: "plants",
  name: "Water the plants",
  description: null,
  schedule: { kind: "cron", expr: "0 8 * * *", tz: "Europe/Berlin", staggerMs: 0 },
  payload: { kind: "reminder", text: "Water the plants" },
  delivery: { mode: "announce", to: "owner" },
  enabled: true,
  deleteAfterRun: false,
  state: STATE,
};
const BRIEF: JobAnswer = {
  ...PLANTS,
  id: "brief",
  name: "Brief\u001b[2J",
  schedule: { kind: "every", everyMs: HOUR, anchorMs: 0 },
  payload: { kind: "agentTurn", message: "What is new?", model: "openai/x", timeoutSeconds: 600 },
  delivery: { mode: "webhook", url: "https://hooks.example/secret" },
  enabled: false,
  state: {
    ...STATE,
    nextRunAt: null,
    lastRunAt: NOW - HOUR * 2,
    lastStatus: "error",
    lastError: "model_failed",
    failuresInRow: 3,
  },
};
const STATUS = { jobs: 2, enabled: 1, nextRunAt: NOW + HOUR, running: 0, failing: 0 };
const CONFIG = { effective: { timezone: "Europe/Berlin" } };

let admin: AdminServer;
beforeEach(async () => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  admin = await AdminServer.start();
  admin.answers["GET /admin/api/config"] = { body: CONFIG };
  admin.answers["GET /admin/api/jobs"] = { body: { jobs: [PLANTS, BRIEF], status: STATUS } };
  admin.answers["GET /admin/api/jobs/brief"] = { body: { job: BRIEF } };
});
afterEach(() => {
  vi.useRealTimers();
  admin.close();
});

const jobs = (name: string, words: readonly string[] = [], more: object = {}) =>
  admin.run(verbOf(jobVerbs, name), words, more);
const written = () => admin.requests.filter(({ asked }) => !asked.startsWith("GET"));

describe("claw jobs", () => {
  it("lists what is next in the assistant's time zone, and what came of the last runs", async () => {
    const { exit, out } = await jobs("list");
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual(
      [
        "id      name              when                             next                            last",
        "plants  Water the plants  daily at 08:00 (Europe/Berlin)   2026-11-24 08:00 (in 24 hours)  -",
        "brief   Brief[2J          every hour                       off, after failures             failed (3 in a row) 2 hours ago: model_failed",
        "",
        "Times are those of Europe/Berlin.",
      ].map((line, at) => (at < 3 ? expect.stringMatching(pattern(line)) : line)),
    );
    expect((await jobs("list", [], { json: true })).out).toEqual([
      JSON.stringify({ jobs: [PLANTS, BRIEF], status: STATUS }),
    ]);
  });

  it("says how to add one while there is none, and how they are in all", async () => {
    expect((await jobs("status")).out).toEqual([
      "jobs         2",
      "switched on  1",
      "under way    0",
      "failing      0",
      "next         2026-11-23 09:00 (in 60 minutes)",
      "",
      "Times are those of Europe/Berlin.",
    ]);
    admin.answers["GET /admin/api/jobs"] = { body: { jobs: [], status: STATUS } };
    expect((await jobs("list")).out).toEqual([expect.stringContaining("jobs add --help")]);
  });

  it("shows all about one, but of a webhook only where it is", async () => {
    const { out } = await jobs("show", ["brief"]);
    expect(out.join("\n")).toMatch(/asks me +What is new\?[\s\S]*model +openai\/x[\s\S]*at most +10 minutes/);
    expect(out.join("\n")).toContain("a webhook at hooks.example");
    expect(out.join("\n")).not.toContain("secret");
  });

  it("shows the run log with outcome, delivery, cost and time", async () => {
    const run: RunAnswer = {
      runId: "plants:1",
      jobId: "plants",
      slot: NOW,
      startedAt: NOW,
      endedAt: NOW + 1_500,
      attempt: 2,
      status: "ok",
      error: null,
      summary: "Watered.",
      delivery: "delivered",
      usage: { costUsd: 0.0123 },
    };
    admin.answers["GET /admin/api/runs?limit=20"] = { body: { runs: [run] } };
    const { out } = await jobs("runs", [], { limit: 20 });
    expect(out[1]).toMatch(/^2026-11-23 08:00 +plants +done +delivered +2 +1\.5 s +\$0\.0123 +Watered\.$/);
    admin.answers["GET /admin/api/jobs/a%2Fb/runs?limit=3"] = { body: { runs: [] } };
    expect((await jobs("runs", ["a/b"], { limit: 3 })).out).toEqual(["none"]);
  });

  it.each([
    [{ at: "20m", remind: "Tea" }, { schedule: { kind: "at", at: new Date(NOW + 20 * 60_000).toISOString() } }],
    [{ at: "2026-12-01 09:00", remind: "x" }, { schedule: { kind: "at", at: "2026-12-01T08:00:00.000Z" } }],
    [{ at: "2026-12-01 09:00", tz: "Asia/Tokyo", remind: "x" }, { schedule: { at: "2026-12-01T00:00:00.000Z" } }],
    [{ at: "2026-12-01T09:00Z", remind: "x" }, { schedule: { at: "2026-12-01T09:00:00.000Z" } }],
    [
      { at: "tomorrow 9:00", remind: "x", keep: true },
      { schedule: { at: "2026-11-24T08:00:00.000Z" }, deleteAfterRun: false },
    ],
    [
      { every: "2h", event: "Look", to: "telegram:7" },
      { schedule: { kind: "every", everyMs: 2 * HOUR }, delivery: { mode: "announce", to: "telegram:7" } },
    ],
    [
      {
        cron: "0 8 * * *",
        exact: true,
        tz: "Asia/Tokyo",
        ask: "New?",
        model: "openai/x",
        timeout: "10m",
        none: true,
        name: "N",
      },
      {
        name: "N",
        schedule: { kind: "cron", expr: "0 8 * * *", tz: "Asia/Tokyo", staggerMs: 0 },
        payload: { kind: "agentTurn", message: "New?", model: "openai/x", timeoutSeconds: 600 },
        delivery: { mode: "none" },
      },
    ],
    [
      { every: "1d", ask: "x", webhook: "https://a.example/", timeout: "0" },
      { payload: { timeoutSeconds: 0 }, delivery: { mode: "webhook", url: "https://a.example/" } },
    ],
  ])("adds a job of what the flags say: %j", async (flags, body) => {
    admin.answers["POST /admin/api/jobs"] = { status: 201, body: { job: PLANTS } };
    const { exit, out } = await jobs("add", [], flags);
    expect(written()).toEqual([
      { asked: "POST /admin/api/jobs", body: expect.objectContaining({ name: expect.any(String) }) },
    ]);
    expect(written()[0]?.body).toMatchObject(body);
    expect({ exit, out }).toEqual({
      exit: EXIT.done,
      out: ["plants is on: daily at 08:00 (Europe/Berlin), next 2026-11-24 08:00 (in 24 hours)"],
    });
  });

  it.each([
    [{}, /say when/],
    [{ at: "20m" }, /say what/],
    [{ remind: "x" }, /say when/],
    [{ at: "20m", every: "20m", remind: "x" }, /only one of --at, --every, --cron/],
    [{ at: "20m", remind: "x", ask: "x" }, /only one of --remind, --ask, --event/],
    [{ at: "20m", remind: "x", none: true, to: "owner" }, /only one of --to, --webhook and --none/],
    [{ at: "soon", remind: "x" }, /--at is a time/],
    [{ at: "2020-01-01 09:00", remind: "x" }, /over already/],
    [{ at: "20000d", remind: "x" }, /ten years/],
    [{ every: "often", remind: "x" }, /--every is a length/],
    [{ every: "1h", tz: "UTC", remind: "x" }, /--tz to --cron or --at/],
    [{ cron: "* * * * *", tz: "Mars", remind: "x" }, /--tz .*such as Europe\/Berlin/],
    [{ at: "20m", remind: "x", model: "m" }, /belong to --ask/],
    [{ at: "20m", ask: "x", timeout: "long" }, /--timeout is a length/],
  ])("explains in one line what is wrong with %j, and asks nobody to change anything", async (flags, said) => {
    const { exit, out, err } = await jobs("add", [], flags);
    expect({ exit, out, err }).toEqual({ exit: EXIT.unusable, out: [], err: [expect.stringMatching(said)] });
    expect(written()).toEqual([]);
  });

  it("changes only what is named: how a job is asked, its zone, its time, where it goes", async () => {
    const patch = async (id: string, flags: object) => {
      admin.answers[`PATCH /admin/api/jobs/${id}`] = { body: { job: PLANTS } };
      admin.answers["GET /admin/api/jobs/plants"] = { body: { job: PLANTS } };
      const { exit } = await jobs("edit", [id], flags);
      return exit === EXIT.done ? written().at(-1)?.body : exit;
    };
    expect(await patch("brief", { model: "openai/y" })).toEqual({
      payload: { kind: "agentTurn", message: "What is new?", model: "openai/y", timeoutSeconds: 600 },
    });
    expect(await patch("brief", { ask: "And now?" })).toMatchObject({
      payload: { message: "And now?", model: "openai/x" },
    });
    expect(await patch("brief", { remind: "Read it" })).toEqual({ payload: { kind: "reminder", text: "Read it" } });
    expect(await patch("plants", { tz: "Asia/Tokyo" })).toEqual({
      schedule: { kind: "cron", expr: "0 8 * * *", tz: "Asia/Tokyo" },
    });
    expect(await patch("plants", { to: "owner", name: "P" })).toEqual({
      name: "P",
      delivery: { mode: "announce", to: "owner" },
    });
    expect(await patch("plants", {})).toBe(EXIT.unusable);
    expect(await patch("plants", { model: "openai/y" })).toBe(EXIT.unusable);
    expect(await patch("brief", { tz: "Asia/Tokyo" })).toBe(EXIT.unusable);
  });

  it("switches on and off, runs and removes", async () => {
    admin.answers["PATCH /admin/api/jobs/brief"] = { body: { job: BRIEF } };
    admin.answers["POST /admin/api/jobs/brief/run"] = { body: { runId: "brief:manual:1" } };
    admin.answers["DELETE /admin/api/jobs/brief"] = { body: { job: BRIEF } };
    expect((await jobs("disable", ["brief"])).out).toEqual(["brief is off: every hour"]);
    await jobs("enable", ["brief"]);
    expect((await jobs("run", ["brief"])).out).toEqual([expect.stringMatching(/^brief runs now; .*jobs runs brief/)]);
    expect((await jobs("rm", ["brief"])).out).toEqual(["brief is removed."]);
    expect(written()).toEqual([
      { asked: "PATCH /admin/api/jobs/brief", body: { enabled: false } },
      { asked: "PATCH /admin/api/jobs/brief", body: { enabled: true } },
      { asked: "POST /admin/api/jobs/brief/run" },
      { asked: "DELETE /admin/api/jobs/brief" },
    ]);
  });

  it("says what the assistant refused in its own words", async () => {
    const refusal = { error: "bad_schedule", message: "Runs must be at least a minute apart." };
    admin.answers["POST /admin/api/jobs"] = { status: 400, body: refusal };
    expect(await jobs("add", [], { every: "5s", remind: "x" })).toEqual({
      exit: EXIT.failed,
      out: [],
      err: ["claw jobs add: Runs must be at least a minute apart."],
    });
  });
});

describe("claw status", () => {
  it("tells how many jobs there are, the next one, and which fail", () => {
    const status = {
      deployment: "d",
      channels: {},
      access: {},
      runtime: { endpoint: "http://r", region: "us-east-1" },
      model: null,
      modelKeys: [],
    };
    const line = (counts: Partial<JobsStatus>) =>
      showStatus([{ ...status, jobs: { ...STATUS, ...counts } }, { sessions: [] }]).lines.find((each) =>
        each.startsWith("jobs"),
      );
    expect(line({})).toMatch(/^jobs +2, 1 of them switched off; next 2026-11-2\d \d\d:\d\d$/);
    expect(line({ failing: 1, nextRunAt: null })).toMatch(/1 failing, see npm run claw -- jobs$/);
    expect(line({ jobs: 0, enabled: 0 })).toMatch(/^jobs +none$/);
    expect(showStatus([status, { sessions: [] }]).lines.join()).not.toContain("jobs");
  });
});

describe("claw doctor, of jobs", () => {
  const CHANNELS = { telegram: "on", discord: "off: DISCORD_BOT_TOKEN is not set", web: "on" };
  const describeOne = (job: JobAnswer, runs: readonly RunAnswer[] = []) =>
    describeJobs({ jobs: { jobs: [job], status: STATUS }, runs, channels: CHANNELS }).slice(1);
  const failing = (failuresInRow: number) => ({
    ...PLANTS,
    state: { ...STATE, failuresInRow, lastError: "model_failed" },
  });

  it("is content with jobs that do well, and with none", () => {
    expect(describeOne(PLANTS)).toEqual([]);
    expect(describeJobs({ jobs: { jobs: [], status: { ...STATUS, jobs: 0 } }, runs: [], channels: CHANNELS })).toEqual([
      { what: "jobs", state: "off", detail: "none" },
    ]);
  });

  it("finds jobs that fail, and those that were switched off for it", () => {
    expect(describeOne(failing(1))).toMatchObject([
      { state: "note", detail: expect.stringMatching(/^failed once: model_failed/) },
    ]);
    expect(describeOne(failing(2))).toMatchObject([{ what: "job plants", state: "wrong" }]);
    expect(describeOne(BRIEF)).toMatchObject([
      {
        what: "job brief",
        state: "wrong",
        detail: expect.stringMatching(/switched off, .*3 times in a row.*jobs enable brief/),
      },
    ]);
    expect(describeOne({ ...PLANTS, enabled: false })).toEqual([]);
  });

  it("finds one-shots whose time went by, and what speaks where nobody hears it", () => {
    const late: JobAnswer = {
      ...PLANTS,
      enabled: false,
      schedule: { kind: "at", at: NOW },
      state: { ...STATE, nextRunAt: null, missed: 1 },
    };
    expect(describeOne(late)).toMatchObject([{ state: "wrong", detail: expect.stringContaining("--at") }]);
    const to = (session: string): JobAnswer => ({ ...PLANTS, delivery: { mode: "announce", to: session } });
    expect(describeOne(to("agent:main:telegram:direct:7"))).toEqual([]);
    expect(describeOne(to("agent:main:discord:direct:9"))).toMatchObject([
      { state: "wrong", detail: expect.stringMatching(/channel is off; .*--to owner/) },
    ]);
    const run = {
      runId: "r",
      jobId: "plants",
      slot: 0,
      startedAt: 1,
      endedAt: 2,
      attempt: 1,
      status: "ok",
      error: null,
      summary: null,
      usage: null,
    } as const;
    expect(describeOne(PLANTS, [{ ...run, delivery: "failed" }])).toMatchObject([{ state: "wrong" }]);
    expect(
      describeOne(PLANTS, [
        { ...run, delivery: "delivered" },
        { ...run, delivery: "failed" },
      ]),
    ).toEqual([]);
  });
});

/** The same words, with any space between columns. */
function pattern(line: string): RegExp {
  const words = line.split(/\s+/).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${words.join(String.raw`\s+`)}$`);
}
