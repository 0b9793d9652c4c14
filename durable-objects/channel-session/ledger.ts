/** What happened to a session's messages and answers: the path of each with times and tries, never a text. */
import { LEDGER_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { Ledger, LedgerFilter, LedgerMessage, LedgerPart, PathStep } from "../../protocol/ledger.ts";
import type { InboxState } from "./inbox.ts";

type MessageRow = {
  inbound_id: string;
  kind: string;
  state: InboxState;
  reason: string | null;
  accepted_at: number;
  leased_at: number | null;
  begun_at: number | null;
  answered_at: number | null;
  delivered_at: number | null;
  updated_at: number;
  replayed_at: number | null;
  turn_id: string | null;
  fence: number | null;
  runs: number | null;
  outcome: string | null;
};

type PartRow = {
  seq: number;
  turn_id: string | null;
  inbound_ids: string;
  part: number;
  parts: number;
  state: string;
  attempts: number;
  created_at: number;
  due_at: number;
  sent_at: number | null;
  replayed_at: number | null;
  receipt: string | null;
  reason: string | null;
  resent_after_unknown: number;
};

/**
 * The newest `limit` messages, newest first, and the parts that answer them. Without a filter also the newest `limit`
 * parts, which can be notices that answer nobody; with `dead` also every dead part.
 */
export function readLedger(sql: SqlStorage, limit: number, filter: LedgerFilter = {}): Ledger {
  const messages = readMessages(sql, limit, filter);
  const oldest = Math.min(...messages.map((row) => row.accepted_at));
  const parts = readParts(
    sql,
    messages.map((row) => row.inbound_id),
    oldest,
    extraParts(limit, filter),
  ).map(readPart);
  return { messages: messages.map((row) => readMessage(row, parts)), parts };
}

function readMessages(sql: SqlStorage, limit: number, { message, dead }: LedgerFilter): readonly MessageRow[] {
  const where = [
    ...(message === undefined ? [] : ["i.inbound_id = ?2"]),
    ...(dead === true ? ["i.state IN ('failed', 'dead')"] : []),
  ];
  const query = `SELECT i.inbound_id, i.kind, i.state, i.reason, i.accepted_at, i.leased_at, i.begun_at, i.answered_at,
       i.delivered_at, i.updated_at, i.replayed_at, i.turn_id,
       coalesce(t.fence, c.state ->> '$.fence') AS fence, coalesce(t.runs, c.state ->> '$.runs') AS runs, t.outcome
     FROM inbox i
       LEFT JOIN turns t ON t.turn_id = i.turn_id
       LEFT JOIN turn c ON c.state ->> '$.turnId' = i.turn_id
     ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""} ORDER BY i.seq DESC LIMIT ?1`;
  return sql.exec<MessageRow>(query, limit, ...(message === undefined ? [] : [message])).toArray();
}

/** The parts that are shown whether or not they answer a message that is shown. */
function extraParts(limit: number, { message, dead }: LedgerFilter): string {
  if (message !== undefined) return "FALSE";
  if (dead === true) return "state = 'dead'";
  return `seq > (SELECT coalesce(max(seq), 0) FROM outbox) - ${limit}`;
}

/** Previews are left out: the part that took their place is here. An answer is younger than its message, so only rows after the oldest message are looked at. */
function readParts(sql: SqlStorage, ids: readonly string[], oldest: number, extra: string): readonly PartRow[] {
  const before = Number.isFinite(oldest) ? oldest : Number.MAX_SAFE_INTEGER;
  const query = `SELECT seq, turn_id, inbound_ids, part, parts, state, attempts, created_at, due_at, sent_at, replayed_at,
       receipt, reason, resent_after_unknown
     FROM outbox
     WHERE kind = 'part' AND (${extra} OR (
       seq > coalesce((SELECT seq FROM outbox WHERE created_at < ?1 ORDER BY seq DESC LIMIT 1), 0)
       AND EXISTS (SELECT 1 FROM json_each(inbound_ids) WHERE value IN (SELECT value FROM json_each(?2)))
     )) ORDER BY seq DESC LIMIT ?3`;
  return sql.exec<PartRow>(query, before, JSON.stringify(ids), LEDGER_BOUNDS.partsMax).toArray();
}

function readMessage(row: MessageRow, parts: readonly LedgerPart[]): LedgerMessage {
  const { kind, state, reason, fence, runs, outcome } = row;
  return {
    id: row.inbound_id,
    kind,
    state,
    reason,
    path: pathOf(row),
    acceptedAt: row.accepted_at,
    updatedAt: row.updated_at,
    replayedAt: row.replayed_at,
    turnId: row.turn_id,
    turn: row.turn_id === null ? null : { id: row.turn_id, fence, runs, outcome },
    parts: parts.filter((part) => part.answers.includes(row.inbound_id)).map((part) => part.seq),
  };
}

/** The steps that a message took, in order. Where an older schema kept no time, the last change tells the last step's. */
function pathOf(row: MessageRow): readonly PathStep[] {
  const { state, updated_at: updatedAt } = row;
  const steps: readonly (readonly [InboxState, number | null])[] = [
    ["accepted", row.accepted_at],
    ["leased", row.leased_at],
    ["running", row.begun_at],
    ["answered", row.answered_at],
    ["delivered", row.delivered_at],
  ];
  const path = steps.flatMap(([step, at]) => (at === null ? [] : [{ state: step, at }]));
  return path.some((step) => step.state === state) ? path : [...path, { state, at: updatedAt }];
}

function readPart(row: PartRow): LedgerPart {
  const { seq, part, parts, state, attempts, receipt, reason } = row;
  const answers: readonly InboundId[] = JSON.parse(row.inbound_ids); // only `enqueueAnswer` writes it
  return {
    seq,
    turnId: row.turn_id,
    answers,
    part,
    parts,
    state,
    attempts,
    createdAt: row.created_at,
    dueAt: row.due_at,
    sentAt: row.sent_at,
    replayedAt: row.replayed_at,
    receipt,
    reason,
    resentAfterUnknown: row.resent_after_unknown > 0,
  };
}
