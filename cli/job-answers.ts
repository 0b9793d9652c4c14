/** What an assistant answers about its jobs, as far as the command line reads it. */
import * as v from "valibot";
import { DELIVERY_STATUSES, payload, RUN_STATUSES } from "../protocol/jobs.ts";

const time = v.nullable(v.number());

const schedule = v.variant("kind", [
  v.object({ kind: v.literal("at"), at: v.number() }),
  v.object({ kind: v.literal("every"), everyMs: v.number(), anchorMs: v.number() }),
  v.object({ kind: v.literal("cron"), expr: v.string(), tz: v.string(), staggerMs: v.number() }),
]);

const delivery = v.variant("mode", [
  v.object({ mode: v.literal("announce"), to: v.string() }),
  v.object({ mode: v.literal("webhook"), url: v.string() }),
  v.object({ mode: v.literal("none") }),
]);

const job = v.object({
  id: v.string(),
  name: v.string(),
  description: v.nullable(v.string()),
  schedule,
  payload,
  delivery,
  enabled: v.boolean(),
  deleteAfterRun: v.boolean(),
  state: v.object({
    nextRunAt: time,
    lastRunAt: time,
    lastStatus: v.nullable(v.picklist(RUN_STATUSES)),
    lastError: v.nullable(v.string()),
    failuresInRow: v.number(),
    missed: v.number(),
  }),
});
export type JobAnswer = v.InferOutput<typeof job>;

const run = v.object({
  runId: v.string(),
  jobId: v.string(),
  slot: v.number(),
  startedAt: time,
  endedAt: time,
  attempt: v.number(),
  status: v.nullable(v.picklist(RUN_STATUSES)),
  error: v.nullable(v.string()),
  summary: v.nullable(v.string()),
  delivery: v.picklist(DELIVERY_STATUSES),
  usage: v.nullable(v.object({ costUsd: v.number() })),
});
export type RunAnswer = v.InferOutput<typeof run>;

/** How the jobs are in all. */
export const jobsStatus = v.object({
  jobs: v.number(),
  enabled: v.number(),
  nextRunAt: time,
  running: v.number(),
  failing: v.number(),
});
export type JobsStatus = v.InferOutput<typeof jobsStatus>;

export const jobsAnswer = v.object({ jobs: v.array(job), status: jobsStatus });
export const jobAnswer = v.object({ job });
export const runsAnswer = v.object({ runs: v.array(run) });

const zone = v.object({ effective: v.object({ timezone: v.string() }) });

/** The time zone of `/admin/api/config`; UTC if it does not say. */
export function timezoneOf(configuration: unknown): string {
  const parsed = v.safeParse(zone, configuration);
  return parsed.success ? parsed.output.effective.timezone : "UTC";
}
