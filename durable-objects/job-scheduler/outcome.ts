/** What came of a run: the run log, the job's state and what is to be said, in one transaction. */
import { assertNever } from "../../protocol/assert.ts";
import type { DeliveryStatus, RunStatus } from "../../protocol/jobs.ts";
import { type ConversationKey, parseConversationKey } from "../../protocol/session-key.ts";
import type { Announcement, TaskOutcome } from "../../protocol/tasks.ts";
import type { AnswerFile, Usage } from "../../protocol/turn-event.ts";
import { showsNothing } from "../../protocol/visible-text.ts";
import { log } from "../../worker/log.ts";
import { tellOwner } from "./announce.ts";
import { dropDelivery, insertDelivery, type StoredDelivery } from "./deliveries.ts";
import { onDeliveryEnded, onRunEnded } from "./due.ts";
import { onHookEnded } from "./hook-end.ts";
import { judgeBeat, settleBeat } from "./heartbeat/beat-end.ts";
import { forgetOldRuns } from "./job-runs.ts";
import { endRun, noteDelivery, readRun, retryRun, settleExpired } from "./runs.ts";
import { type Run, type RunPlan, runOfOrder } from "./run-plan.ts";
import type { SchedulerContext } from "./scheduler-context.ts";
import type { RunResult } from "./settle.ts";
import { forgetIfGone } from "./task-session.ts";

/** What a run came to. */
type Result = {
  readonly status: RunStatus;
  readonly error: string | null;
  readonly text: string;
  readonly files: readonly AnswerFile[];
  readonly usage: Usage | null;
};

/** The whole text by which the model says that nothing needs to be said. */
const NO_REPLY = "NO_REPLY";

/**
 * Takes what a session says of a run that it was ordered; saying it again changes nothing. Returns conversations of
 * earlier runs that are removed with it.
 */
export function takeOutcome(
  scheduler: SchedulerContext,
  outcome: TaskOutcome,
  now: number,
): readonly ConversationKey[] {
  const { sql, transact } = scheduler;
  const order = runOfOrder(outcome.id);
  const run = order && readRun(sql, order.runId);
  if (!order || run?.phase !== "running" || run.attempt !== order.attempt) return [];
  return transact(() => {
    end(scheduler, run, resultOf(outcome), now);
    return settleExpired(sql, outcome.id, outcome.kind === "answered");
  });
}

/** A run that needs no agent is over at once. */
export function endSaid(scheduler: SchedulerContext, run: Run, text: string, now: number): void {
  const said = { status: "ok", error: null, text: `⏰ ${text}`, files: [], usage: null } as const;
  scheduler.transact(() => end(scheduler, run, said, now));
}

/** Nobody knows what became of it. */
export function endLost(scheduler: SchedulerContext, run: Run, now: number): void {
  const lost = { status: "error", error: "run_lost", text: "", files: [], usage: null } as const;
  scheduler.transact(() => end(scheduler, run, lost, now));
}

function resultOf(outcome: TaskOutcome): Result {
  const { usage } = outcome;
  switch (outcome.kind) {
    case "answered": {
      const text = outcome.text.trim() === NO_REPLY ? "" : outcome.text.trim();
      const isSilent = showsNothing(text) && outcome.files.length === 0;
      return { status: isSilent ? "silent" : "ok", error: null, text, files: outcome.files, usage };
    }
    case "failed": {
      const status = outcome.code === "budget_spent" ? "skipped" : "error";
      return { status, error: outcome.code, text: "", files: [], usage };
    }
    case "stopped":
      return { status: "stopped", error: null, text: "", files: [], usage };
    default:
      return assertNever(outcome);
  }
}

/** Inside a transaction. */
function end(scheduler: SchedulerContext, run: Run, result: Result, now: number): void {
  const { sql } = scheduler;
  const { runId, kind, attempt } = run;
  const { status, error, text, usage } = result;
  const delivery = judgeDelivery(scheduler, run, result);
  const { retryAt, notice } = settle(scheduler, run, { status, error }, now);
  log("info", "run_ended", { run: runId, kind, attempt, status, code: error, retries: retryAt !== null });
  if (notice) tellOwner(scheduler, notice, now);
  if (retryAt !== null) {
    retryRun(sql, runId, error ?? "unknown", retryAt);
    return scheduler.stir(retryAt);
  }
  if (delivery === "pending") deliver(sql, run, result, now);
  const hasTranscript = run.plan.work.kind === "ask" && isOwnConversation(run);
  endRun(sql, runId, { status, error, text, usage, delivery, hasTranscript }, now);
  // Heartbeats and hooks fill the run log also where no job is ever due.
  forgetOldRuns(sql, now);
  if (kind === "heartbeat") settleBeat(scheduler, run, status);
  forgetIfGone(scheduler, run, now);
  scheduler.stir(now);
}

/** What it means for what is behind the run. A heartbeat that failed comes again by itself. */
function settle(scheduler: SchedulerContext, run: Run, result: RunResult, now: number) {
  switch (run.kind) {
    case "job":
      return onRunEnded(scheduler, run, result, now);
    case "hook":
      return onHookEnded(scheduler.sql, run, result, now);
    case "heartbeat":
      return { retryAt: null, notice: null };
    default:
      return assertNever(run.kind);
  }
}

/** Whether anything is to be said of a run. */
function judgeDelivery(scheduler: SchedulerContext, run: Run, { status, text, files }: Result): DeliveryStatus {
  const { mode } = run.plan.delivery;
  switch (mode) {
    case "none":
      return "not_requested";
    case "webhook":
      return "pending";
    case "announce": {
      if (status !== "ok") return status === "silent" ? "kept_back" : "not_requested";
      const hasFiles = files.length > 0;
      const isRepeated = run.kind === "heartbeat" && judgeBeat(scheduler, run, { text, hasFiles }) === "kept_back";
      return isRepeated ? "kept_back" : "pending";
    }
    default:
      return assertNever(mode);
  }
}

/** Stores what is to be said of a run. */
function deliver(sql: SqlStorage, run: Run, result: Result, now: number): void {
  const { runId, jobId, slot, startedAt, conversation, plan } = run;
  const { status, error, text, files, usage } = result;
  const target = plan.delivery;
  switch (target.mode) {
    case "none":
      return;
    case "webhook": {
      const event = { jobId, name: plan.name, runId, slot, status, text, error, usage, startedAt, endedAt: now };
      return insertDelivery(sql, { id: runId, runId, content: { kind: "webhook", url: target.url, event } }, now);
    }
    case "announce": {
      // What was said in the owner's own conversation is in its transcript.
      const note = isOwnConversation(run) ? noteOf(plan, text) : null;
      const what = { text, files, conversation, note };
      return insertDelivery(sql, { id: runId, runId, content: { kind: "announce", to: target.to, what } }, now);
    }
    default:
      return assertNever(target);
  }
}

/** It is over with what a run had to say. */
export function endDelivery(
  scheduler: SchedulerContext,
  { id, runId, content }: StoredDelivery,
  status: "delivered" | "failed",
  now: number,
): void {
  const { sql, transact } = scheduler;
  log(status === "failed" ? "warn" : "info", "delivery_ended", { delivery: id, what: content.kind, status });
  transact(() => {
    dropDelivery(sql, id);
    const run = runId === null ? null : readRun(sql, runId);
    if (!run) return;
    noteDelivery(sql, run.runId, status);
    if (run.kind !== "job") return;
    const { notice } = onDeliveryEnded(sql, run, status, now);
    if (notice) tellOwner(scheduler, notice, now);
    forgetIfGone(scheduler, run, now);
  });
}

function noteOf({ name, work }: RunPlan, text: string): NonNullable<Announcement["note"]> {
  const isUntrusted = work.kind === "ask" && work.untrusted !== undefined;
  return { text: `You sent this here by yourself, as planned (${name}): ${text}`, isUntrusted };
}

function isOwnConversation({ conversation }: Run): boolean {
  const ref = parseConversationKey(conversation);
  return ref.ok && ref.value.kind === "job";
}
