/**
 * The outbox table: numbered parts of answers, sent one after the other, each with its state.
 *
 * `pending -> sending -> sent | not_sent | unknown`. `not_sent` was surely not shown and is tried again. `unknown`
 * may have been shown: it is sent once more after a pause and marked, and a second unknown is a dead letter. On a
 * channel whose sends are idempotent an unknown part is simply sent again.
 */
import { type InboundId, isInboundId, type TurnId } from "../../protocol/ids.ts";
import type { Receipt, ReplyAddress } from "../../protocol/outbound.ts";
import { type FailedSend, outcomeOfUnknown } from "./send-outcome.ts";

export type OutboxState = "pending" | "sending" | "sent" | "not_sent" | "unknown" | "dead";

export type OutboxRow = {
  readonly seq: number;
  readonly turnId: string | null;
  readonly part: number;
  readonly parts: number;
  readonly address: ReplyAddress;
  readonly markdown: string;
  readonly inboundIds: readonly InboundId[];
  readonly state: OutboxState;
  readonly attempts: number;
  readonly dueAt: number;
  readonly resentAfterUnknown: boolean;
};

type Columns = {
  seq: number;
  turn_id: string | null;
  part: number;
  parts: number;
  address: string;
  markdown: string;
  inbound_ids: string;
  state: OutboxState;
  attempts: number;
  due_at: number;
  resent_after_unknown: number;
};

const OPEN = "state IN ('pending', 'sending', 'not_sent', 'unknown')";

export type Answer = {
  readonly turnId: TurnId | null;
  readonly address: ReplyAddress;
  readonly parts: readonly string[];
  readonly inboundIds: readonly InboundId[];
};

/** Enqueues the parts of an answer behind everything that is there. */
export function enqueueAnswer(sql: SqlStorage, answer: Answer, now: number): void {
  for (const [index, markdown] of answer.parts.entries()) {
    sql.exec(
      `INSERT INTO outbox (turn_id, part, parts, address, markdown, inbound_ids, state, attempts, due_at,
         resent_after_unknown, created_at)
       VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, 0, ?)`,
      answer.turnId,
      index + 1,
      answer.parts.length,
      JSON.stringify(index === 0 ? answer.address : withoutReply(answer.address)),
      markdown,
      JSON.stringify(answer.inboundIds),
      now,
      now,
    );
  }
}

/** Only the first part hangs on the message that is answered. */
function withoutReply({ messageId: _answered, ...address }: ReplyAddress): ReplyAddress {
  return address;
}

/** The part that must go next: the oldest open one, whether or not it is due. Order is never broken. */
export function nextPart(sql: SqlStorage): OutboxRow | null {
  const [row] = sql.exec<Columns>(`SELECT * FROM outbox WHERE ${OPEN} ORDER BY seq LIMIT 1`).toArray();
  return row ? readRow(row) : null;
}

/** One part by its number. */
export function readPart(sql: SqlStorage, seq: number): OutboxRow | null {
  const [row] = sql.exec<Columns>("SELECT * FROM outbox WHERE seq = ?", seq).toArray();
  return row ? readRow(row) : null;
}

/** Records that the request is about to be written; committed before it is. */
export function markSending(sql: SqlStorage, seq: number): void {
  sql.exec("UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE seq = ?", seq);
}

/** Records a delivery and, with the last part of an answer, that its messages are delivered. */
export function markSent(sql: SqlStorage, row: OutboxRow, receipt: Receipt, now: number): void {
  sql.exec(
    "UPDATE outbox SET state = 'sent', sent_at = ?, receipt = ?, reason = NULL WHERE seq = ?",
    now,
    receipt.messageId,
    row.seq,
  );
  if (row.part < row.parts) return;
  for (const id of row.inboundIds) {
    const update = `UPDATE inbox SET state = 'delivered', updated_at = ?1, delivered_at = ?1
       WHERE inbound_id = ?2 AND state = 'answered'`;
    sql.exec(update, now, id);
  }
}

/** A part whose sending was cut off by a crash may have been shown. Called once when the object starts. */
export function recoverSending(sql: SqlStorage, sendIsIdempotent: boolean, now: number): number {
  const rows = sql.exec<Columns>("SELECT * FROM outbox WHERE state = 'sending'").toArray().map(readRow);
  for (const row of rows) {
    recordFailure(sql, row, outcomeOfUnknown(row, sendIsIdempotent, now), "interrupted");
  }
  return rows.length;
}

/** Stores a failed try. A dead part leaves its answer incomplete; the rest of it is still sent. */
export function recordFailure(sql: SqlStorage, row: OutboxRow, failed: FailedSend, reason: string): void {
  sql.exec(
    "UPDATE outbox SET state = ?, due_at = ?, reason = ?, resent_after_unknown = ? WHERE seq = ?",
    failed.state,
    failed.dueAt,
    reason,
    failed.resend || row.resentAfterUnknown ? 1 : 0,
    row.seq,
  );
  if (failed.state !== "dead") return;
  for (const id of row.inboundIds) {
    sql.exec("UPDATE inbox SET state = 'dead', reason = ? WHERE inbound_id = ? AND state = 'answered'", reason, id);
  }
}

/** Sent parts after `seq`, oldest first: what a web client that was away has missed. */
export function sentAfter(sql: SqlStorage, seq: number, limit: number): readonly OutboxRow[] {
  return sql
    .exec<Columns>("SELECT * FROM outbox WHERE state = 'sent' AND seq > ? ORDER BY seq LIMIT ?", seq, limit)
    .toArray()
    .map(readRow);
}

/** The sent parts that answer one message, in order. Reads all rows of the session: for repeats only. */
export function sentFor(sql: SqlStorage, id: InboundId): readonly OutboxRow[] {
  const answersIt = "EXISTS (SELECT 1 FROM json_each(inbound_ids) WHERE value = ?)";
  const query = `SELECT * FROM outbox WHERE state = 'sent' AND ${answersIt} ORDER BY seq`;
  return sql.exec<Columns>(query, id).toArray().map(readRow);
}

function readRow(row: Columns): OutboxRow {
  // Only `enqueueAnswer` writes these two columns.
  const address: ReplyAddress = JSON.parse(row.address);
  const ids: unknown[] = JSON.parse(row.inbound_ids);
  return {
    seq: row.seq,
    turnId: row.turn_id,
    part: row.part,
    parts: row.parts,
    address,
    markdown: row.markdown,
    inboundIds: ids.filter((id) => typeof id === "string").filter(isInboundId),
    state: row.state,
    attempts: row.attempts,
    dueAt: row.due_at,
    resentAfterUnknown: row.resent_after_unknown === 1,
  };
}
