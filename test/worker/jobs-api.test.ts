import { reset, runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { type Answered, api, OWNER_DM, PATIENCE, session } from "./directory-world.ts";
import { directMessage } from "./inbound.ts";

afterEach(reset);

const scheduler = () => env.JOB_SCHEDULER.getByName("main");
const reminder = (name: string) => ({
  name,
  schedule: { kind: "cron", expr: "0 8 * * *", tz: "Europe/Berlin" },
  payload: { kind: "reminder", text: `It is time: ${name}` },
});

/** POSTs with an idempotency key. */
async function post(path: string, key: string, body?: unknown): Promise<Answered> {
  const response = await exports.default.fetch(`https://claw.test/admin/api${path}`, {
    method: "POST",
    headers: { authorization: "Bearer admin-token-for-tests", "idempotency-key": key },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

describe("/admin/api/jobs", () => {
  it("makes, shows, changes and removes a job", async () => {
    const made = await api("POST", "/jobs", reminder("Api plants"));
    expect(made).toMatchObject({
      status: 201,
      body: { job: { id: "api-plants", enabled: true, delivery: { mode: "announce", to: "owner" } } },
    });
    expect(await api("GET", "/jobs")).toMatchObject({
      status: 200,
      body: { jobs: [{ id: "api-plants" }], status: { jobs: 1, enabled: 1, nextRunAt: expect.any(Number) } },
    });
    const off = await api("PATCH", "/jobs/api-plants", { enabled: false, name: "Plants" });
    expect(off).toMatchObject({ status: 200, body: { job: { enabled: false, name: "Plants" } } });
    expect(await api("GET", "/jobs/api-plants")).toMatchObject({
      body: { job: { id: "api-plants", name: "Plants", state: { nextRunAt: null } } },
    });
    expect(await api("GET", "/status")).toMatchObject({ body: { jobs: { jobs: 1, enabled: 0, failing: 0 } } });
    expect(await api("DELETE", "/jobs/api-plants")).toMatchObject({ status: 200, body: { job: { id: "api-plants" } } });
    expect(await api("DELETE", "/jobs/api-plants")).toMatchObject({ status: 404, body: { error: "job_unknown" } });
  });

  it("runs a job now, and lists what came of it, also when the job is gone", async () => {
    await session(OWNER_DM).accept(directMessage(8_101, "7", "so that there is a chat"));
    await api("POST", "/jobs", reminder("Api runs"));
    const started = await api("POST", "/jobs/api-runs/run");
    expect(started).toMatchObject({ status: 200, body: { runId: expect.stringMatching(/^api-runs:manual:/u) } });
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(scheduler());
      const { body } = await api("GET", "/jobs/api-runs/runs?limit=1");
      expect(body).toMatchObject({ runs: [{ status: "ok", jobId: "api-runs", summary: expect.any(String) }] });
    }, PATIENCE);
    await api("DELETE", "/jobs/api-runs");
    expect(await api("GET", "/jobs/api-runs/runs")).toMatchObject({ status: 200, body: { runs: [{}] } });
    expect(await api("GET", "/runs")).toMatchObject({ status: 200, body: { runs: [{ jobId: "api-runs" }] } });
  });

  it("makes one job and one run of a request that is repeated with its key", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => post("/jobs", "key-1", reminder("Api once"))));
    expect(all.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(new Set(all.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await scheduler().listJobs()).toHaveLength(1);
    const [first, second] = [await post("/jobs/api-once/run", "run-1"), await post("/jobs/api-once/run", "run-1")];
    expect([first.status, second]).toEqual([200, { ...second, status: 200, body: first.body }]);
    expect(await scheduler().listRuns({ limit: 10 })).toHaveLength(1);
    expect(await post("/jobs", "key-1", reminder("Api other"))).toMatchObject({
      status: 409,
      body: { error: "key_used", message: expect.any(String) },
    });
    expect(await post("/jobs", "two words", reminder("Api other"))).toMatchObject({
      status: 400,
      body: { error: "bad_key", message: expect.any(String) },
    });
    expect(await scheduler().listJobs()).toHaveLength(1);
  });

  it.each([
    ["no JSON", "{", "malformed_body"],
    ["no job", {}, "bad_job"],
    ["an unknown field", { ...reminder("Api x"), when: "now" }, "bad_job"],
    ["a broken expression", { ...reminder("Api x"), schedule: { kind: "cron", expr: "at eight" } }, "bad_schedule"],
    [
      "a time that is over",
      { ...reminder("Api x"), schedule: { kind: "at", at: "2020-01-01T00:00Z" } },
      "bad_schedule",
    ],
    [
      "a webhook into our own network",
      { ...reminder("Api x"), delivery: { mode: "webhook", url: "https://169.254.169.254/" } },
      "bad_delivery",
    ],
    [
      "a chat that nobody knows",
      { ...reminder("Api x"), delivery: { mode: "announce", to: "telegram:99" } },
      "bad_delivery",
    ],
  ])("answers %s with 400 and what is wrong", async (_what, body, error) => {
    expect(await api("POST", "/jobs", body)).toMatchObject({
      status: 400,
      body: { error, message: expect.any(String) },
    });
    expect(await scheduler().listJobs({ includeDisabled: true })).toEqual([]);
  });

  it("answers what is too large with 413, an unknown job with 404, and a run that is under way with 409", async () => {
    const large = { ...reminder("Api x"), description: "x".repeat(INBOUND_BOUNDS.bodyMaxBytes) };
    expect(await api("POST", "/jobs", large)).toMatchObject({
      status: 413,
      body: { error: "body_too_large", message: expect.any(String) },
    });
    const unknown = { status: 404, body: { error: "job_unknown", message: expect.any(String) } };
    expect(await api("GET", "/jobs/nobody")).toMatchObject(unknown);
    expect(await api("GET", "/jobs/nobody/runs")).toMatchObject(unknown);
    expect(await api("PATCH", "/jobs/nobody", { enabled: false })).toMatchObject(unknown);
    expect(await api("POST", "/jobs/nobody/run")).toMatchObject(unknown);
    await api("POST", "/jobs", {
      ...reminder("Api busy"),
      payload: { kind: "agentTurn", message: "take your time" },
    });
    const [first, second] = [await api("POST", "/jobs/api-busy/run"), await api("POST", "/jobs/api-busy/run")];
    expect([first.status, second]).toMatchObject([200, { status: 409, body: { error: "job_running" } }]);
    expect(await api("GET", "/runs?limit=0")).toMatchObject({ status: 400, body: { error: "malformed_query" } });
  });
});
