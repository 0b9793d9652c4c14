/** The runs table: each run of a job, a heartbeat or a hook, from its plan to what came of it. Synchronous SQL only. */
import type { InboundId } from "../../protocol/ids.ts";
import type { DeliveryStatus, RunStatus, RunView } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import type { TaskKind } from "../../protocol/tasks.ts";
import type { Usage } from "../../protocol/turn-event.ts";
import type { NewRun, Run, RunPlan } from "./run-plan.ts";
import type { OpenRun } from "./run-picking.ts";

type Row = {
  run: string;
  job: string;
  kind: TaskKind;
  slot: number;
  phase: Run["phase"];
  attempt: number;
  plan: string;
  started_at: number | null;
  ended_at: number | null;
  status: RunStatus | null;
  error: string | null;
  summary: string | null;
  usage: string | null;
  conversation: string;
  delivery: DeliveryStatus;
};

/** Plans a run for now; false: it was planned before. */
export function insertRun(sql: SqlStorage, run: NewRun, now: number): boolean {
  const delivery: DeliveryStatus = run.plan.delivery.mode === "none" ? "not_requested" : "pending";
  // (`rowsWritten` counts what AUTOINCREMENT keeps, too.)
  const written = sql.exec(
    `INSERT INTO runs (run, job, kind, slot, phase, due_at, attempt, plan, conversation, delivery)
     VALUES (?, ?, ?, ?, 'waiting', ?, 1, ?, ?, ?) ON CONFLICT (run) DO NOTHING RETURNING seq`,
    run.runId,
    run.jobId,
    run.kind,
    run.slot,
    now,
    JSON.stringify(run.plan),
    run.conversation,
    delivery,
  );
  return written.toArray().length > 0;
}

/** Writes down a slot that is not run. */
export function insertPassedOver(
  sql: SqlStorage,
  run: NewRun,
  status: "missed" | "skipped",
  error: string,
  now: number,
) {
  if (!insertRun(sql, run, now)) return;
  sql.exec(
    "UPDATE runs SET phase = 'ended', due_at = NULL, ended_at = ?, status = ?, error = ?, delivery = ? WHERE run = ?",
    now,
    status,
    error,
    "not_requested" satisfies DeliveryStatus,
    run.runId,
  );
}

/** A run by its id. */
export function readRun(sql: SqlStorage, runId: string): Run | null {
  const [row] = sql.exec<Row>("SELECT * FROM runs WHERE run = ?", runId).toArray();
  return row ? runOf(row) : null;
}

/** Open runs with when something is to be done about each. */
export function readAgendaOfRuns(sql: SqlStorage): readonly OpenRun[] {
  return sql
    .exec<Row & { due_at: number | null; watched_ms: number }>("SELECT * FROM runs WHERE phase <> 'ended' ORDER BY seq")
    .toArray()
    .map((row) => ({ ...runOf(row), dueAt: row.due_at ?? 0, watchedMs: row.watched_ms }));
}

/** A try of a run begins, or its order is repeated: the next look at it is at `lookAt`. */
export function markRunning(sql: SqlStorage, runId: string, lookAt: number, now: number): void {
  const update = `UPDATE runs SET phase = 'running', due_at = ?1,
     started_at = CASE phase WHEN 'running' THEN started_at ELSE ?2 END,
     watched_ms = CASE phase WHEN 'running' THEN watched_ms ELSE 0 END + ?1 - ?2 WHERE run = ?3`;
  sql.exec(update, lookAt, now, runId);
}

/** The run is tried once more. */
export function retryRun(
  sql: SqlStorage,
  runId: string,
  { error, hasTranscript }: Pick<RunEnd, "hasTranscript"> & { readonly error: string },
  at: number,
): void {
  sql.exec(
    `UPDATE runs SET phase = 'waiting', attempt = attempt + 1, due_at = ?, error = ?,
       has_transcript = max(has_transcript, ?) WHERE run = ?`,
    at,
    error,
    hasTranscript ? 1 : 0,
    runId,
  );
}

/** The error of a run that nobody knows the outcome of. */
export const RUN_LOST = "run_lost";

/** Whether the run is over because nobody knew what became of it. */
export function isLost(sql: SqlStorage, runId: string): boolean {
  const query = "SELECT 1 FROM runs WHERE run = ? AND phase = 'ended' AND error = ?";
  return sql.exec(query, runId, RUN_LOST).toArray().length > 0;
}

export type RunEnd = {
  readonly status: RunStatus;
  readonly error: string | null;
  /** What it said. */
  readonly text: string;
  readonly usage: Usage | null;
  readonly delivery: DeliveryStatus;
  /** It began in a conversation of its own, whose transcript is there until a later run removes it. */
  readonly hasTranscript: boolean;
};

/** The run is over. */
export function endRun(sql: SqlStorage, runId: string, end: RunEnd, now: number): void {
  sql.exec(
    `UPDATE runs SET phase = 'ended', due_at = NULL, ended_at = ?, status = ?, error = ?, summary = ?, usage = ?,
       delivery = ?, has_transcript = max(has_transcript, ?) WHERE run = ?`,
    now,
    end.status,
    end.error,
    end.text === "" ? null : end.text.slice(0, SUMMARY_MAX).toWellFormed(),
    end.usage && JSON.stringify(end.usage),
    end.delivery,
    end.hasTranscript ? 1 : 0,
    runId,
  );
}

/** What of a text the run log keeps, in UTF-16 units. */
const SUMMARY_MAX = 500;

/** What became of what a run said. */
export function noteDelivery(sql: SqlStorage, runId: string, delivery: DeliveryStatus): void {
  sql.exec("UPDATE runs SET delivery = ? WHERE run = ?", delivery, runId);
}

/** Conversations of runs whose transcripts are to be removed, given to the run of an order. */
export function giveExpired(sql: SqlStorage, order: InboundId, now: number): void {
  sql.exec(
    `UPDATE runs SET removed_by = ? WHERE seq IN (
       SELECT seq FROM runs WHERE has_transcript = 1 AND removed_by IS NULL AND ended_at < ? ORDER BY seq LIMIT ?)`,
    order,
    now - JOB_BOUNDS.transcriptMs,
    JOB_BOUNDS.transcriptsAtOnce,
  );
}

/** Those that the run of an order was given. */
export function readExpired(sql: SqlStorage, order: InboundId): readonly ConversationKey[] {
  const query = "SELECT conversation FROM runs WHERE removed_by = ? AND has_transcript = 1";
  const rows = sql.exec<{ conversation: string }>(query, order).toArray();
  return rows.map(({ conversation }) => narrowConversation(conversation));
}

/** The run of that order is over: it has removed them, or another one will. Returns those that are removed. */
export function settleExpired(sql: SqlStorage, order: InboundId, isDone: boolean): readonly ConversationKey[] {
  const query = "SELECT conversation FROM runs WHERE removed_by = ?";
  const removed = isDone ? sql.exec<{ conversation: string }>(query, order).toArray() : [];
  if (isDone) sql.exec("UPDATE runs SET has_transcript = 0 WHERE removed_by = ?", order);
  sql.exec("UPDATE runs SET removed_by = NULL WHERE removed_by = ?", order);
  return removed.map(({ conversation }) => narrowConversation(conversation));
}

/** Whether a run of the job waits or is under way. */
export function hasOpenRun(sql: SqlStorage, jobId: string): boolean {
  // Few runs are open; of the job itself there may be thousands.
  const query = "SELECT 1 FROM runs INDEXED BY runs_open WHERE job = ? AND phase <> 'ended' LIMIT 1";
  return sql.exec(query, jobId).toArray().length > 0;
}

/** Which runs are listed: of one job or of all, the newest. */
export type RunsWanted = {
  readonly jobId?: string;
  /** Heartbeats are left out: there are so many that nothing else would be seen. */
  readonly isWithoutBeats?: boolean;
  readonly limit: number;
};

/** The newest runs. */
export function listRuns(sql: SqlStorage, { jobId, isWithoutBeats, limit }: RunsWanted): readonly RunView[] {
  const where = isWithoutBeats === true ? "WHERE kind <> 'heartbeat'" : "";
  const rows =
    jobId === undefined
      ? sql.exec<Row>(`SELECT * FROM runs ${where} ORDER BY seq DESC LIMIT ?`, Math.min(limit, JOB_BOUNDS.runsKept))
      : sql.exec<Row>(
          "SELECT * FROM runs WHERE job = ? ORDER BY seq DESC LIMIT ?",
          jobId,
          Math.min(limit, JOB_BOUNDS.runsKept),
        );
  return rows.toArray().map(viewOf);
}

function viewOf(row: Row): RunView {
  const usage: Usage | null = row.usage === null ? null : JSON.parse(row.usage); // only `endRun` writes it
  return {
    runId: row.run,
    jobId: row.job,
    kind: row.kind,
    slot: row.slot,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    attempt: row.attempt,
    status: row.status,
    error: row.error,
    summary: row.summary,
    delivery: row.delivery,
    conversation: narrowConversation(row.conversation),
    usage,
  };
}

function runOf(row: Row): Run {
  const plan: RunPlan = JSON.parse(row.plan); // only `insertRun` writes it
  return {
    runId: row.run,
    jobId: row.job,
    kind: row.kind,
    slot: row.slot,
    phase: row.phase,
    attempt: row.attempt,
    plan,
    startedAt: row.started_at,
    conversation: narrowConversation(row.conversation),
  };
}

function narrowConversation(text: string): ConversationKey {
  if (!isConversationKey(text)) throw new Error("a stored conversation key is broken");
  return text;
}
