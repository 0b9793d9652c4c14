/** The outcomes table: what came of background work, until `JobScheduler` has it. Synchronous SQL only. */
import { backoffMs } from "../../protocol/backoff.ts";
import type { InboundId, TurnId } from "../../protocol/ids.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import type { TaskOutcome } from "../../protocol/tasks.ts";
import type { AgentAnswer } from "./answer-parts.ts";
import type { AnswerContext } from "./answer-rows.ts";
import { markInbound, readInbound } from "./inbox.ts";
import type { Effect } from "./turn-state.ts";

type Came =
  | Pick<Extract<TaskOutcome, { kind: "answered" }>, "kind" | "text" | "files">
  | Pick<Extract<TaskOutcome, { kind: "failed" }>, "kind" | "code" | "message" | "text">
  | { readonly kind: "stopped" };

/** A run has its answer. */
export function noteAnswered(sql: SqlStorage, answer: AgentAnswer, context: AnswerContext): void {
  const { ids, turnId, text, files = [] } = answer;
  note(sql, ids, turnId, { kind: "answered", text, files }, context);
}

/** A run was given up. */
export function noteFailed(sql: SqlStorage, effect: Extract<Effect, { kind: "notice" }>, context: AnswerContext): void {
  const { ids, turnId, notice } = effect;
  const { code, message, text } = notice.kind === "failed" ? notice : { code: notice.kind };
  const words = { ...(message !== undefined && { message }), ...(text !== undefined && { text }) };
  note(sql, ids, turnId, { kind: "failed", code, ...words }, context);
}

/** A run was stopped before it had one. */
export function noteStopped(sql: SqlStorage, ids: readonly InboundId[], context: AnswerContext): void {
  note(sql, ids, null, { kind: "stopped" }, context);
}

function note(
  sql: SqlStorage,
  ids: readonly InboundId[],
  turnId: TurnId | null,
  came: Came,
  { usage, now }: AnswerContext,
): void {
  for (const { id, task } of readInbound(sql, ids)) {
    if (!task) continue;
    const outcome: TaskOutcome = { id, turnId, conversation: task.conversation, usage, at: now, ...came };
    const insert = "INSERT OR REPLACE INTO outcomes (id, body, attempts, due_at) VALUES (?, ?, 0, ?)";
    sql.exec(insert, id, JSON.stringify(outcome), now);
  }
}

/** An outcome that is to be told now, its try counted; null: none. */
export function takeDueOutcome(sql: SqlStorage, now: number): TaskOutcome | null {
  const [row] = sql
    .exec<{ id: string; body: string; attempts: number }>(
      "SELECT id, body, attempts FROM outcomes WHERE due_at <= ? ORDER BY due_at LIMIT 1",
      now,
    )
    .toArray();
  if (!row) return null;
  const attempts = row.attempts + 1;
  const dueAt = now + backoffMs(attempts, PAUSES);
  sql.exec("UPDATE outcomes SET attempts = ?, due_at = ? WHERE id = ?", attempts, dueAt, row.id);
  const outcome: TaskOutcome = JSON.parse(row.body); // only `note` writes it
  return outcome;
}

const PAUSES = { retryFirstMs: JOB_BOUNDS.deliveryFirstMs, retryMaxMs: JOB_BOUNDS.deliveryRetryMaxMs };

/** The scheduler has it. */
export function dropOutcome(sql: SqlStorage, id: InboundId, now: number): void {
  sql.exec("DELETE FROM outcomes WHERE id = ?", id);
  const [message] = sql.exec("SELECT 1 FROM inbox WHERE inbound_id = ? AND state = 'answered'", id).toArray();
  if (message) markInbound(sql, [id], { state: "delivered" }, now);
}
