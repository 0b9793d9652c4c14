/** What happened to a session's messages and answers: states, times and attempts, never a text. */

export type LedgerMessage = {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly turnId: string | null;
  readonly reason: string | null;
  readonly acceptedAt: number;
  readonly updatedAt: number;
};

export type LedgerPart = {
  readonly seq: number;
  readonly turnId: string | null;
  readonly part: number;
  readonly parts: number;
  readonly state: string;
  readonly attempts: number;
  readonly sentAt: number | null;
  readonly receipt: string | null;
  readonly reason: string | null;
  readonly resentAfterUnknown: boolean;
};

export type Ledger = { readonly messages: readonly LedgerMessage[]; readonly parts: readonly LedgerPart[] };

type MessageRow = {
  inbound_id: string;
  kind: string;
  state: string;
  turn_id: string | null;
  reason: string | null;
  accepted_at: number;
  updated_at: number;
};

type PartRow = {
  seq: number;
  turn_id: string | null;
  part: number;
  parts: number;
  state: string;
  attempts: number;
  sent_at: number | null;
  receipt: string | null;
  reason: string | null;
  resent_after_unknown: number;
};

/** The newest `limit` messages and parts, newest first. */
export function readLedger(sql: SqlStorage, limit: number): Ledger {
  const messages = sql.exec<MessageRow>(
    `SELECT inbound_id, kind, state, turn_id, reason, accepted_at, updated_at FROM inbox ORDER BY seq DESC LIMIT ?`,
    limit,
  );
  const parts = sql.exec<PartRow>(
    `SELECT seq, turn_id, part, parts, state, attempts, sent_at, receipt, reason, resent_after_unknown
     FROM outbox ORDER BY seq DESC LIMIT ?`,
    limit,
  );
  return { messages: messages.toArray().map(readMessage), parts: parts.toArray().map(readPart) };
}

function readMessage(row: MessageRow): LedgerMessage {
  const { kind, state, reason } = row;
  const times = { acceptedAt: row.accepted_at, updatedAt: row.updated_at };
  return { id: row.inbound_id, kind, state, turnId: row.turn_id, reason, ...times };
}

function readPart(row: PartRow): LedgerPart {
  const { seq, part, parts, state, attempts, receipt, reason } = row;
  const sent = { sentAt: row.sent_at, receipt, reason, resentAfterUnknown: row.resent_after_unknown === 1 };
  return { seq, turnId: row.turn_id, part, parts, state, attempts, ...sent };
}
