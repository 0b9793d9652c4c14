/** What came of a run: the run log, the job's state and what is to be said, in one transaction. */
import { assertNever } from "../../protocol/assert.ts";
import type { DeliveryEnd, DeliveryStatus, RunStatus } from "../../protocol/jobs.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { withoutSilentReply } from "../../protocol/silent-reply.ts";
import type { Announcement, TaskOutcome } from "../../protocol/tasks.ts";
import type { AnswerFile, Usage } from "../../protocol/turn-event.ts";
import { showsNothing } from "../../protocol/visible-text.ts";
import { log } from "../../worker/log.ts";
import { tellOwner } from "./announce.ts";
import { dropDelivery, insertDelivery, type StoredDelivery } from "./deliveries.ts";
import { onDeliveryEnded, onRunEnded } from "./due.ts";
import { onHookDeliveryEnded, onHookEnded } from "./hook-end.ts";
import { judgeBeat, settleBeat, settleBeatDelivery } from "./heartbeat/beat-end.ts";
import type { JobNotice } from "./job-notice.ts";
import { forgetOldRuns } from "./job-runs.ts";
import { endRun, isLost, noteDelivery, readRun, retryRun, RUN_LOST, settleExpired } from "./runs.ts";
import { isOwnConversation, type Run, type RunPlan, runOfOrder } from "./run-plan.ts";
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
  /** The agent may have worked on it, so that there is a transcript. */
  readonly isBegun: boolean;
};

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
  if (!run || run.attempt !== order?.attempt) return [];
  // A run that was given up as lost is not lost if its answer comes after all.
  const isFound = outcome.kind === "answered" && isLost(sql, run.runId);
  if (run.phase !== "running" && !isFound) return [];
  return transact(() => {
    end(scheduler, run, resultOf(outcome), now);
    return settleExpired(sql, outcome.id, outcome.kind === "answered");
  });
}

/** A run that needs no agent is over at once. */
export function endSaid(scheduler: SchedulerContext, run: Run, text: string, now: number): void {
  const said = { status: "ok", error: null, text: `⏰ ${text}`, files: [], usage: null, isBegun: false } as const;
  scheduler.transact(() => end(scheduler, run, said, now));
}

/** Nobody knows what became of it. */
export function endLost(scheduler: SchedulerContext, run: Run, now: number): void {
  const lost = { status: "error", error: RUN_LOST, text: "", files: [], usage: null, isBegun: true } as const;
  scheduler.transact(() => end(scheduler, run, lost, now));
}

function resultOf(outcome: TaskOutcome): Result {
  const { usage } = outcome;
  const isBegun = outcome.turnId !== null;
  switch (outcome.kind) {
    case "answered": {
      const text = withoutSilentReply(outcome.text).trim();
      const isSilent = showsNothing(text) && outcome.files.length === 0;
      return { status: isSilent ? "silent" : "ok", error: null, text, files: outcome.files, usage, isBegun: true };
    }
    case "failed": {
      if (outcome.code !== "budget_spent") {
        return { status: "error", error: outcome.code, text: "", files: [], usage, isBegun };
      }
      return { status: "skipped", error: outcome.code, text: "", files: [], usage, isBegun: usage !== null };
    }
    case "stopped":
      return { status: "stopped", error: null, text: "", files: [], usage, isBegun: true };
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
  const hasTranscript = result.isBegun && isOwnConversation(run);
  if (retryAt !== null) {
    retryRun(sql, runId, { error: error ?? "unknown", hasTranscript }, retryAt);
    return scheduler.stir(retryAt);
  }
  if (delivery === "pending") deliver(sql, run, result, now);
  endRun(sql, runId, { status, error, text, usage, delivery, hasTranscript }, now);
  // Heartbeats and hooks fill the run log also where no job is ever due.
  forgetOldRuns(sql, now);
  if (kind === "heartbeat") settleBeat(scheduler, run, status, now);
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
  status: DeliveryEnd,
  now: number,
): void {
  const { sql, transact } = scheduler;
  log(status === "delivered" ? "info" : "warn", "delivery_ended", { delivery: id, what: content.kind, status });
  transact(() => {
    dropDelivery(sql, id);
    const run = runId === null ? null : readRun(sql, runId);
    if (!run) return;
    noteDelivery(sql, run.runId, status);
    const notice = settleDelivery(scheduler, run, { status, content }, now);
    if (notice) tellOwner(scheduler, notice, now);
    if (run.kind === "job") forgetIfGone(scheduler, run, now);
  });
}

/** What it means for what is behind the run; the owner is told the notice. */
function settleDelivery(
  scheduler: SchedulerContext,
  run: Run,
  { status, content }: Pick<StoredDelivery, "content"> & { readonly status: DeliveryEnd },
  now: number,
): JobNotice | null {
  switch (run.kind) {
    case "job":
      return onDeliveryEnded(scheduler.sql, run, status, now).notice;
    case "hook":
      return onHookDeliveryEnded(scheduler.sql, run, status, now);
    case "heartbeat": {
      const text = content.kind === "announce" ? content.what.text : "";
      settleBeatDelivery(scheduler, run.runId, { text, hasArrived: status !== "failed" }, now);
      return null;
    }
    default:
      return assertNever(run.kind);
  }
}

function noteOf({ name, work }: RunPlan, text: string): NonNullable<Announcement["note"]> {
  const isUntrusted = work.kind === "ask" && work.untrusted !== undefined;
  return { text: `You sent this here by yourself, as planned (${name}): ${text}`, isUntrusted };
}
