/** What the model reads of the edge's answer to a call of `cron`: a few lines, the times as the person's clock shows them. Pure. */
import * as v from "valibot";
import type { CronRequest } from "../../../protocol/agent-rpc.ts";
import { assertNever } from "../../../protocol/assert.ts";
import { formatDistance, formatDuration } from "../../../protocol/duration.ts";
import type { Schedule } from "../../../protocol/jobs.ts";
import { parseSessionKey } from "../../../protocol/session-key.ts";
import { formatTime } from "../agent/local-time.ts";

export type Clock = { readonly timezone: string; readonly now: number };

const time = v.nullable(v.number());

const schedule: v.GenericSchema<unknown, Schedule> = v.variant("kind", [
  v.object({ kind: v.literal("at"), at: v.number() }),
  v.object({ kind: v.literal("every"), everyMs: v.number(), anchorMs: v.number() }),
  v.object({ kind: v.literal("cron"), expr: v.string(), tz: v.string(), staggerMs: v.number() }),
]);

const job = v.object({
  id: v.string(),
  name: v.string(),
  schedule,
  payload: v.variant("kind", [
    v.object({ kind: v.literal("reminder"), text: v.string() }),
    v.object({ kind: v.literal("systemEvent"), text: v.string() }),
    v.object({ kind: v.literal("agentTurn"), message: v.string() }),
  ]),
  delivery: v.variant("mode", [
    v.object({ mode: v.literal("announce"), to: v.string() }),
    v.object({ mode: v.literal("webhook") }),
    v.object({ mode: v.literal("none") }),
  ]),
  enabled: v.boolean(),
  state: v.object({
    nextRunAt: time,
    lastRunAt: time,
    lastStatus: v.nullable(v.string()),
    lastError: v.nullable(v.string()),
  }),
});
type JobShown = v.InferOutput<typeof job>;

const run = v.object({
  runId: v.string(),
  slot: v.number(),
  status: v.nullable(v.string()),
  error: v.nullable(v.string()),
  summary: v.nullable(v.string()),
  delivery: v.string(),
});

const status = v.object({
  jobs: v.number(),
  enabled: v.number(),
  running: v.number(),
  failing: v.number(),
  nextRunAt: time,
});

/** The result of a call in words. An edge of another release may say it otherwise; then it is shown as it is. */
export function cronText(request: CronRequest, result: unknown, clock: Clock): string {
  const read = <T>(schema: v.GenericSchema<unknown, T>, text: (value: T) => string) => {
    const parsed = v.safeParse(schema, result);
    return parsed.success ? text(parsed.output) : `Done: ${JSON.stringify(result)}`;
  };
  switch (request.verb) {
    case "cron.add":
      return read(job, (made) => `Planned.\n${jobText(made, clock)}`);
    case "cron.update":
      return read(job, (changed) => `Changed.\n${jobText(changed, clock)}`);
    case "cron.remove":
      return read(job, ({ id, name }) => `Removed ${JSON.stringify(name)} (id: ${id}).`);
    case "cron.run":
      return `The run begins now, besides the schedule of ${request.jobId}.`;
    case "cron.list":
      return read(v.array(job), (jobs) =>
        jobs.length === 0 ? "Nothing is planned." : jobs.map((planned) => jobLine(planned, clock)).join("\n"),
      );
    case "cron.runs":
      return read(v.array(run), (runs) =>
        runs.length === 0 ? "There were no runs." : runs.map((ended) => runLine(ended, clock)).join("\n"),
      );
    case "cron.status":
      return read(status, (all) => statusText(all, clock));
    case "cron.wake":
      return request.mode === "next-heartbeat"
        ? "Your next heartbeat is told."
        : "A heartbeat comes as soon as it may.";
    default:
      return assertNever(request);
  }
}

function jobText(shown: JobShown, clock: Clock): string {
  return [
    `name: ${JSON.stringify(shown.name)} (id: ${shown.id})`,
    `next: ${nextText(shown, clock)}`,
    `schedule: ${scheduleText(shown.schedule)}`,
    `does: ${payloadText(shown.payload)}`,
    `to: ${deliveryText(shown.delivery)}`,
  ].join("\n");
}

function jobLine(shown: JobShown, clock: Clock): string {
  const { lastRunAt, lastStatus, lastError } = shown.state;
  const last =
    lastRunAt === null ? "" : `; last ${formatTime(lastRunAt, clock.timezone)}: ${lastStatus ?? "under way"}`;
  const error = lastError === null ? "" : ` (${lastError})`;
  const does = `${payloadText(shown.payload)}, to ${deliveryText(shown.delivery)}`;
  const when = `next: ${nextText(shown, clock)}; ${scheduleText(shown.schedule)}`;
  return `- ${shown.id} ${JSON.stringify(shown.name)}: ${when}; ${does}${last}${error}`;
}

function nextText({ enabled, state: { nextRunAt } }: JobShown, clock: Clock): string {
  if (!enabled) return "never, it is switched off";
  return nextRunAt === null ? "never again" : momentText(nextRunAt, clock);
}

/** `Sunday, 2026-11-22 12:05 (Europe/Berlin), in 20 minutes`. */
function momentText(at: number, { timezone, now }: Clock): string {
  return `${formatTime(at, timezone)}, ${formatDistance(at, now, "en")}`;
}

function scheduleText(when: Schedule): string {
  switch (when.kind) {
    case "at":
      return "once";
    case "every":
      return `every ${formatDuration(when.everyMs, "en")}`;
    case "cron":
      return `cron ${when.expr} (${when.tz})`;
    default:
      return assertNever(when);
  }
}

function payloadText(what: JobShown["payload"]): string {
  switch (what.kind) {
    case "reminder":
      return `says ${JSON.stringify(what.text)}`;
    case "systemEvent":
      return `tells you ${JSON.stringify(what.text)}`;
    case "agentTurn":
      return `asks ${JSON.stringify(what.message)}`;
    default:
      return assertNever(what);
  }
}

function deliveryText(where: JobShown["delivery"]): string {
  switch (where.mode) {
    case "announce":
      return placeText(where.to);
    case "webhook":
      return "a webhook";
    case "none":
      return "nobody";
    default:
      return assertNever(where);
  }
}

/** As `to` of a job takes it. */
function placeText(to: string): string {
  const ref = parseSessionKey(to);
  return ref.ok && ref.value.thread === undefined ? `${ref.value.channel}:${ref.value.chatId}` : to;
}

function runLine(
  { runId, slot, status: ended, error, summary, delivery }: v.InferOutput<typeof run>,
  clock: Clock,
): string {
  const said = summary === null ? "" : `; said ${JSON.stringify(summary)}`;
  const why = error === null ? "" : ` (${error})`;
  return `- ${runId}, due ${formatTime(slot, clock.timezone)}: ${ended ?? "under way"}${why}; delivery ${delivery}${said}`;
}

function statusText(
  { jobs, enabled, running, failing, nextRunAt }: v.InferOutput<typeof status>,
  clock: Clock,
): string {
  const next = nextRunAt === null ? "nothing" : momentText(nextRunAt, clock);
  return `jobs: ${jobs}, ${enabled} switched on, ${running} under way, ${failing} failing\nnext: ${next}`;
}
