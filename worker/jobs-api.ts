/** Jobs and their run log over HTTP. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import { INBOUND_BOUNDS } from "../protocol/bounds.ts";
import type { JobRefusal } from "../protocol/jobs.ts";
import { JOB_BOUNDS } from "../protocol/own-work-bounds.ts";
import { readConfig } from "./config.ts";
import { type JsonBodyProblem, readJsonBody } from "./json-body.ts";
import { jobScheduler } from "./objects.ts";

type Call = Context<{ Bindings: Env }>;

const runsQuery = v.object({
  limit: v.optional(
    v.pipe(v.string(), v.digits(), v.transform(Number), v.minValue(1), v.maxValue(JOB_BOUNDS.runsListedMax)),
  ),
});

/** Whoever asks again with the same key gets the first answer. */
const idempotencyKey = v.nullable(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/)));

/** Builds the routes below `/jobs` and `/runs`. */
export function createJobsApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();
  const scheduler = (env: Env) => jobScheduler(env, agent, readConfig(env));

  api.get("/jobs", async (c) => {
    const [jobs, status] = await Promise.all([
      scheduler(c.env).listJobs({ includeDisabled: true }),
      scheduler(c.env).schedulerStatus(),
    ]);
    return c.json({ jobs, status });
  });

  api.post("/jobs", async (c) => {
    const key = readKey(c);
    if (!key.ok) return refuseKey(c);
    // What is a job, and what is wrong with one, the scheduler knows.
    const body = await readJsonBody(c.req.raw, v.unknown());
    if (!body.ok) return refuseBody(body.error);
    const outcome = await scheduler(c.env).addJob(body.value, { session: null }, key.wish);
    return outcome.ok ? c.json({ job: outcome.job }, 201) : refuse(outcome.refusal);
  });

  api.get("/jobs/:id", async (c) => {
    const job = await scheduler(c.env).findJob(c.req.param("id"));
    return job ? c.json({ job }) : refuse(unknownJob(c.req.param("id")));
  });

  api.patch("/jobs/:id", async (c) => {
    const body = await readJsonBody(c.req.raw, v.unknown());
    if (!body.ok) return refuseBody(body.error);
    const outcome = await scheduler(c.env).updateJob(c.req.param("id"), body.value);
    return outcome.ok ? c.json({ job: outcome.job }) : refuse(outcome.refusal);
  });

  api.delete("/jobs/:id", async (c) => {
    const outcome = await scheduler(c.env).removeJob(c.req.param("id"));
    return outcome.ok ? c.json({ job: outcome.job }) : refuse(outcome.refusal);
  });

  api.post("/jobs/:id/run", async (c) => {
    const key = readKey(c);
    if (!key.ok) return refuseKey(c);
    const outcome = await scheduler(c.env).runJob(c.req.param("id"), key.wish);
    return outcome.ok ? c.json({ runId: outcome.runId }) : refuse(outcome.refusal);
  });

  api.get("/jobs/:id/runs", async (c) => {
    const query = v.safeParse(runsQuery, c.req.query());
    if (!query.success) return refuseQuery(c);
    const jobId = c.req.param("id");
    const { limit = JOB_BOUNDS.runsListed } = query.output;
    const runs = await scheduler(c.env).listRuns({ jobId, limit });
    // Of a job that is gone the log is still there.
    if (runs.length === 0 && !(await scheduler(c.env).findJob(jobId))) return refuse(unknownJob(jobId));
    return c.json({ runs });
  });

  api.get("/runs", async (c) => {
    const query = v.safeParse(runsQuery, c.req.query());
    if (!query.success) return refuseQuery(c);
    const { limit = JOB_BOUNDS.runsListed } = query.output;
    return c.json({ runs: await scheduler(c.env).listRuns({ limit }) });
  });

  return api;
}

const STATUS: Readonly<Record<JobRefusal["code"], number>> = {
  job_unknown: 404,
  job_running: 409,
  too_many_jobs: 409,
  key_used: 409,
  bad_schedule: 400,
  bad_delivery: 400,
  bad_model: 400,
  bad_job: 400,
};

function refuse({ code, message }: JobRefusal): Response {
  return Response.json({ error: code, message }, { status: STATUS[code] });
}

function refuseBody(problem: JsonBodyProblem): Response {
  const [status, error, message] =
    problem === "too_large"
      ? ([413, "body_too_large", `A body has at most ${INBOUND_BOUNDS.bodyMaxBytes} bytes.`] as const)
      : ([400, "malformed_body", "The body must be the JSON of a job."] as const);
  return Response.json({ error, message }, { status });
}

function unknownJob(id: string): JobRefusal {
  return { code: "job_unknown", message: `There is no job ${id.slice(0, 40)}.` };
}

function readKey(c: Call) {
  const parsed = v.safeParse(idempotencyKey, c.req.header("idempotency-key") ?? null);
  if (!parsed.success) return { ok: false } as const;
  return { ok: true, wish: parsed.output === null ? null : ({ by: "admin", id: parsed.output } as const) } as const;
}

function refuseKey(c: Call) {
  return c.json({ error: "bad_key", message: "An Idempotency-Key has 1 to 200 visible ASCII characters." }, 400);
}

function refuseQuery(c: Call) {
  return c.json({ error: "malformed_query", message: `limit is 1 to ${JOB_BOUNDS.runsListedMax}.` }, 400);
}
