/** How people read jobs and their runs: a line each, or all about one. Pure. */
import { formatDistance, formatDuration } from "../protocol/duration.ts";
import { payloadText } from "../protocol/job-name.ts";
import { scheduleText } from "../protocol/job-text.ts";
import { textsFor } from "../protocol/texts/language.ts";
import { wallAt } from "../protocol/wall-clock.ts";
import type { JobAnswer, JobsStatus, RunAnswer } from "./job-answers.ts";
import { table } from "./table.ts";

/** When it is read, and in which time zone times are told: that of the assistant. */
export type Clock = { readonly now: number; readonly timezone: string };

const { outcome, underWay, delivery: delivered } = textsFor("en").jobs;
/** Of a text in a table. */
const TEXT_MAX = 60;

/** A line a job, the one that is due next first. */
export function showJobs(jobs: readonly JobAnswer[], clock: Clock): readonly string[] {
  if (jobs.length === 0) return ["none; npm run claw -- jobs add --help shows how to add one"];
  const rows = jobs.map((job) => [
    job.id,
    clipped(job.name),
    scheduleText(job.schedule, clock.timezone, "en"),
    dueText(job, clock),
    lastText(job, clock),
  ]);
  return [...table([["id", "name", "when", "next", "last"], ...rows]), "", zoneText(clock)];
}

/** All about one job. */
export function showJob(job: JobAnswer, clock: Clock): readonly string[] {
  const { payload, schedule, state } = job;
  const stagger = schedule.kind === "cron" && schedule.staggerMs > 0;
  return [
    ...table([
      ["id", job.id],
      ["name", job.name],
      ...(job.description === null ? [] : [["description", job.description]]),
      ["when", scheduleText(schedule, clock.timezone, "en")],
      ...(schedule.kind === "cron" ? [["expression", `${schedule.expr} (${schedule.tz})`]] : []),
      ...(stagger ? [["staggered", `${formatDuration(schedule.staggerMs, "en")} after it; --exact: not at all`]] : []),
      [WORDS_OF_KIND[payload.kind], payloadText(payload)],
      ...(payload.kind === "agentTurn" ? modelRows(payload) : []),
      ["goes to", placeText(job)],
      ["next", dueText(job, clock)],
      ["last", lastText(job, clock)],
      ...(state.failuresInRow > 0 ? [["failures", `${state.failuresInRow} in a row`]] : []),
      ...(state.missed > 0 ? [["missed", `${state.missed} since it is there`]] : []),
      ...(schedule.kind === "at" ? [["afterwards", job.deleteAfterRun ? "is removed" : "is kept, switched off"]] : []),
    ]),
    "",
    zoneText(clock),
  ];
}

const WORDS_OF_KIND = { reminder: "says", systemEvent: "tells me", agentTurn: "asks me" } as const;

function modelRows(payload: Extract<JobAnswer["payload"], { kind: "agentTurn" }>): readonly string[][] {
  const { model, thinking, timeoutSeconds } = payload;
  const most = timeoutSeconds === 0 ? "as long as a run may last" : formatDuration((timeoutSeconds ?? 0) * 1_000, "en");
  return [
    ...(model === undefined ? [] : [["model", model]]),
    ...(thinking === undefined ? [] : [["thinking", thinking]]),
    ...(timeoutSeconds === undefined ? [] : [["at most", most]]),
  ];
}

/** A path of a webhook may be a secret. */
function placeText({ delivery }: JobAnswer): string {
  switch (delivery.mode) {
    case "none":
      return "nobody";
    case "webhook":
      return `a webhook at ${URL.canParse(delivery.url) ? new URL(delivery.url).host : "?"}`;
    case "announce":
      return delivery.to === "owner" ? "the owner's direct chat" : delivery.to;
  }
}

/** `2026-11-24 08:00 (in 20 hours)`, `off`. */
function dueText({ enabled, state }: Pick<JobAnswer, "enabled" | "state">, clock: Clock): string {
  if (!enabled) return state.failuresInRow > 0 ? "off, after failures" : "off";
  return state.nextRunAt === null ? "-" : momentText(state.nextRunAt, clock);
}

function lastText({ state }: JobAnswer, { now }: Clock): string {
  const { lastRunAt, lastStatus, lastError, failuresInRow } = state;
  if (lastStatus === null || lastRunAt === null) return "-";
  const times = failuresInRow > 1 ? ` (${failuresInRow} in a row)` : "";
  const why = lastError === null ? "" : `: ${lastError}`;
  return `${outcome[lastStatus]}${times} ${formatDistance(lastRunAt, now, "en")}${why}`;
}

/** A line a run, the newest first. */
export function showRuns(runs: readonly RunAnswer[], clock: Clock): readonly string[] {
  if (runs.length === 0) return ["none"];
  const rows = runs.map((run) => [
    minuteOf(run.startedAt ?? run.slot, clock.timezone),
    run.jobId,
    run.status === null ? underWay : outcome[run.status],
    run.status === null ? "-" : delivered[run.delivery],
    String(run.attempt),
    tookText(run),
    run.usage === null ? "-" : `$${run.usage.costUsd.toFixed(4)}`,
    clipped(run.error ?? run.summary ?? ""),
  ]);
  const header = ["began", "job", "outcome", "delivery", "try", "took", "cost", "what"];
  return [...table([header, ...rows]), "", zoneText(clock)];
}

function tookText({ startedAt, endedAt }: RunAnswer): string {
  return startedAt === null || endedAt === null ? "-" : `${((endedAt - startedAt) / 1_000).toFixed(1)} s`;
}

/** How the jobs are in all. */
export function showJobsStatus({ jobs, enabled, nextRunAt, running, failing }: JobsStatus, clock: Clock) {
  return [
    ...table([
      ["jobs", String(jobs)],
      ["switched on", String(enabled)],
      ["under way", String(running)],
      ["failing", String(failing)],
      ["next", nextRunAt === null ? "-" : momentText(nextRunAt, clock)],
    ]),
    "",
    zoneText(clock),
  ];
}

/** Below what was changed: `plants is on: daily at 08:00 (Europe/Berlin), next 2026-11-24 08:00 (in 20 hours)`. */
export function changedLine(job: JobAnswer, clock: Clock): string {
  const state = job.enabled ? "on" : "off";
  const next = job.state.nextRunAt === null ? "" : `, next ${momentText(job.state.nextRunAt, clock)}`;
  return `${job.id} is ${state}: ${scheduleText(job.schedule, clock.timezone, "en")}${next}`;
}

function momentText(at: number, { now, timezone }: Clock): string {
  return `${minuteOf(at, timezone)} (${formatDistance(at, now, "en")})`;
}

/** `2026-11-24 08:00`, as clocks of the zone show it. */
function minuteOf(at: number, timezone: string): string {
  return new Date(wallAt(at, timezone)).toISOString().slice(0, 16).replace("T", " ");
}

function zoneText({ timezone }: Clock): string {
  return `Times are those of ${timezone}.`;
}

function clipped(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1).toWellFormed()}…`;
}
