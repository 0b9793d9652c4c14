/** The runs table: each run of a job, a heartbeat or a hook, from its plan to what came of it. Synchronous SQL only. */
import type { ThinkingLevel } from "../../protocol/access.ts";
import { isInboundId, type InboundId } from "../../protocol/ids.ts";
import type { Delivery, DeliveryStatus, RunStatus, RunView } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import type { TaskKind } from "../../protocol/tasks.ts";
import type { Usage } from "../../protocol/turn-event.ts";

/** What a run is to do, fixed when it is planned: a later change of the job does not reach it. */
export type RunPlan = {
  readonly name: string;
  readonly delivery: Delivery;
  readonly work:
    /** Said as it is; no agent is asked. */
    | { readonly kind: "say"; readonly text: string }
    | {
        readonly kind: "ask";
        readonly text: string;
        readonly untrusted?: string;
        readonly isLight?: true;
        readonly model?: string;
        readonly thinking?: ThinkingLevel;
        readonly timeoutMs: number;
      };
};

export type NewRun = {
  /** `<job>:<slot>`, `<job>:manual:<id>`, `heartbeat:<slot>`, `hook:<id>`. The same one is planned once. */
  readonly runId: string;
  readonly jobId: string;
  readonly kind: TaskKind;
  /** Epoch ms: when it should have begun. */
  readonly slot: number;
  readonly conversation: ConversationKey;
  readonly plan: RunPlan;
};

export type Run = NewRun & {
  readonly phase: "waiting" | "running" | "ended";
  readonly attempt: number;
  readonly startedAt: number | null;
};

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
  const { rowsWritten } = sql.exec(
    `INSERT INTO runs (run, job, kind, slot, phase, due_at, attempt, plan, conversation, delivery)
     VALUES (?, ?, ?, ?, 'waiting', ?, 1, ?, ?, ?) ON CONFLICT (run) DO NOTHING`,
    run.runId,
    run.jobId,
    run.kind,
    run.slot,
    now,
    JSON.stringify(run.plan),
    run.conversation,
    delivery,
  );
  return rowsWritten > 0;
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

/** The id of the message that stands for one try of a run. */
export function orderId({ runId, attempt }: Pick<Run, "runId" | "attempt">): InboundId {
  const id = `run:${runId}:${attempt}`;
  if (!isInboundId(id)) throw new Error("a run id is too long");
  return id;
}

/** The run and the try that a message stands for; null: it stands for none. */
export function runOfOrder(id: InboundId): { readonly runId: string; readonly attempt: number } | null {
  const [, runId, attempt] = /^run:(.+):(\d+)$/.exec(id) ?? [];
  return runId === undefined ? null : { runId, attempt: Number(attempt) };
}

/** A run by its id. */
export function readRun(sql: SqlStorage, runId: string): Run | null {
  const [row] = sql.exec<Row>("SELECT * FROM runs WHERE run = ?", runId).toArray();
  return row ? runOf(row) : null;
}

/** Runs that have not ended, the oldest first. */
export function readOpenRuns(sql: SqlStorage): readonly Run[] {
  return sql.exec<Row>("SELECT * FROM runs WHERE phase <> 'ended' ORDER BY seq").toArray().map(runOf);
}

/** Whether a run of the job waits or is under way. */
export function hasOpenRun(sql: SqlStorage, jobId: string): boolean {
  return sql.exec("SELECT 1 FROM runs WHERE job = ? AND phase <> 'ended' LIMIT 1", jobId).toArray().length > 0;
}

/** The newest runs, of one job or of all. */
export function listRuns(
  sql: SqlStorage,
  { jobId, limit }: { readonly jobId?: string; readonly limit: number },
): readonly RunView[] {
  const rows =
    jobId === undefined
      ? sql.exec<Row>("SELECT * FROM runs ORDER BY seq DESC LIMIT ?", Math.min(limit, JOB_BOUNDS.runsKept))
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
