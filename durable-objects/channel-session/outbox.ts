/**
 * The outbox table: numbered parts of answers, sent one after the other, each with its state.
 *
 * `pending -> sending -> sent | not_sent | unknown`. `not_sent` was surely not shown and is tried again. `unknown`
 * may have been shown: it is sent once more after a pause and marked, and a second unknown is a dead letter. On a
 * channel whose sends are idempotent an unknown part is simply sent again. An announcement that is unknown is dead at once:
 * nobody waits for it, and twice is worse. A dead letter can be put back by hand.
 */
import type { Language } from "../../protocol/access.ts";
import { type InboundId, isInboundId, type TurnId } from "../../protocol/ids.ts";
import type { Button, Receipt, ReplyAddress } from "../../protocol/outbound.ts";
import type { SpaceId } from "../../protocol/space.ts";
import type { AnswerFile } from "../../protocol/turn-event.ts";
import { renderNotice } from "./notice.ts";
import { messageToEdit } from "./preview-rows.ts";
import { requestReport } from "./report.ts";
import { type FailedSend, outcomeOfUnknown } from "./send-outcome.ts";

export type OutboxState = "pending" | "sending" | "sent" | "not_sent" | "unknown" | "dead";

/** `preview`: a growing answer, of which the first part takes the place; it answers nobody and is never shown twice. */
export type OutboxKind = "part" | "preview";

/** A file as it waits in the outbox: the blob of a space. */
export type OutboxFile = AnswerFile & { readonly space: SpaceId };

export type OutboxRow = {
  readonly seq: number;
  readonly kind: OutboxKind;
  readonly turnId: string | null;
  readonly part: number;
  readonly parts: number;
  readonly address: ReplyAddress;
  readonly markdown: string;
  readonly files: readonly OutboxFile[];
  readonly buttons: readonly (readonly Button[])[];
  /** The number of the preview that it takes the place of. */
  readonly edits: number | null;
  readonly inboundIds: readonly InboundId[];
  readonly state: OutboxState;
  readonly attempts: number;
  readonly dueAt: number;
  /** Whether it was already sent again after an unknown, since it was made or last replayed. */
  readonly resentAfterUnknown: boolean;
  /** Epoch ms of the first try whose outcome nobody knows; null: there was none. */
  readonly mayBeShownSince: number | null;
  /** Whether it was dead before and was sent again by hand. */
  readonly isReplayed: boolean;
  /** Nobody waits for it: one that may have been shown is never sent again by itself. */
  readonly isAnnouncement: boolean;
};

type Columns = {
  seq: number;
  turn_id: string | null;
  part: number;
  parts: number;
  address: string;
  markdown: string;
  kind: OutboxKind;
  edits: number | null;
  files: string | null;
  buttons: string | null;
  inbound_ids: string;
  state: OutboxState;
  attempts: number;
  due_at: number;
  resent_after_unknown: number;
  unknown_since: number | null;
  replayed_at: number | null;
  announcement: string | null;
};

/** `resent_after_unknown`; 0: never. Both count as a mark, but only the first one uses up the one resend. */
const RESENT = { now: 1, beforeReplay: 2 } as const;

/** Parts that are still to be sent. To the letter what the partial index `outbox_open` says, or SQLite does not use it. */
export const PART_IS_OPEN = "state IN ('pending', 'sending', 'not_sent', 'unknown')";

export type Answer = {
  readonly turnId: TurnId | null;
  readonly address: ReplyAddress;
  readonly parts: readonly OutboxPart[];
  readonly inboundIds: readonly InboundId[];
  /** The number of the preview that the first part takes the place of. */
  readonly edits?: number;
  /** The id of the announcement that it is. */
  readonly announcement?: string;
};

export type OutboxPart = {
  readonly markdown: string;
  readonly files?: readonly OutboxFile[];
  readonly buttons?: readonly (readonly Button[])[];
};

/** Enqueues the parts of an answer behind everything that is there; returns their numbers. */
export function enqueueAnswer(sql: SqlStorage, answer: Answer, now: number): readonly number[] {
  return answer.parts.map(({ markdown, files = [], buttons = [] }, index) => {
    const { seq } = sql
      .exec<{ seq: number }>(
        `INSERT INTO outbox (turn_id, part, parts, address, markdown, inbound_ids, state, attempts, due_at,
           resent_after_unknown, created_at, edits, files, buttons, announcement)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', 0, ?7, 0, ?7, ?8, ?9, ?10, ?11) RETURNING seq`,
        answer.turnId,
        index + 1,
        answer.parts.length,
        JSON.stringify(index === 0 ? answer.address : withoutReply(answer.address)),
        markdown,
        JSON.stringify(answer.inboundIds),
        now,
        index === 0 ? (answer.edits ?? null) : null,
        files.length > 0 ? JSON.stringify(files) : null,
        buttons.length > 0 ? JSON.stringify(buttons) : null,
        answer.announcement ?? null,
      )
      .one();
    return seq;
  });
}

/** Only the first part hangs on the message that is answered, and takes the place that is held for the answer. */
function withoutReply({ messageId: _answered, ticket, ...address }: ReplyAddress): ReplyAddress {
  return ticket?.isBinding ? { ...address, ticket: { ...ticket, holdsPlace: false } } : address;
}

/** The part that must go next: the oldest open one, whether or not it is due. Order is never broken. */
export function nextPart(sql: SqlStorage): OutboxRow | null {
  const [row] = sql.exec<Columns>(`SELECT * FROM outbox WHERE ${PART_IS_OPEN} ORDER BY seq LIMIT 1`).toArray();
  return row ? readRow(row) : null;
}

/** One part by its number. */
export function readPart(sql: SqlStorage, seq: number): OutboxRow | null {
  const [row] = sql.exec<Columns>("SELECT * FROM outbox WHERE seq = ?", seq).toArray();
  return row ? readRow(row) : null;
}

/** Records that the request is about to be written; committed before it is. */
export function markSending(sql: SqlStorage, seq: number, now: number): void {
  sql.exec("UPDATE outbox SET state = 'sending', attempts = attempts + 1, tried_at = ? WHERE seq = ?", now, seq);
}

/** Records a delivery and, when all parts of the answer are sent, that its messages are delivered. */
export function markSent(sql: SqlStorage, row: OutboxRow, receipt: Receipt, now: number): void {
  sql.exec(
    "UPDATE outbox SET state = 'sent', sent_at = ?, receipt = ?, reason = NULL WHERE seq = ?",
    now,
    receipt.messageId,
    row.seq,
  );
  // In the order of sending only the last part can complete an answer, unless one was sent again.
  if (row.part < row.parts && !row.isReplayed) return;
  if (hasPart(sql, row, "state <> 'sent'")) return;
  for (const id of answeredBy(sql, row)) {
    const update = `UPDATE inbox SET state = 'delivered', updated_at = ?1, delivered_at = ?1
       WHERE inbound_id = ?2 AND state = 'answered'`;
    sql.exec(update, now, id);
  }
}

/** A part whose sending was cut off by a crash may have been shown. Called once when the object starts. */
export function recoverSending(sql: SqlStorage, sendIsIdempotent: (to: ReplyAddress) => boolean, now: number): number {
  // That it is open is said besides, so that SQLite uses the index.
  const query = `SELECT * FROM outbox WHERE ${PART_IS_OPEN} AND state = 'sending'`;
  const rows = sql.exec<Columns>(query).toArray().map(readRow);
  for (const row of rows) {
    const isIdempotent = sendIsIdempotent(row.address) || messageToEdit(sql, row) !== null;
    const isGivenUp = row.kind === "preview" && !isIdempotent;
    const unknown = outcomeOfUnknown(row, isIdempotent, now);
    recordFailure(sql, row, isGivenUp ? { state: "dead", dueAt: now, resend: false } : unknown, "interrupted");
  }
  return rows.length;
}

/** Puts a part off without counting a try. */
export function postpone(sql: SqlStorage, seq: number, dueAt: number): void {
  sql.exec("UPDATE outbox SET due_at = ? WHERE seq = ?", dueAt, seq);
}

/** A preview that the platform does not let us edit any more is passed over: the part becomes a message of its own. */
export function sendAnew(sql: SqlStorage, seq: number, now: number): void {
  sql.exec("UPDATE outbox SET edits = NULL, state = 'pending', due_at = ? WHERE seq = ?", now, seq);
}

/** The platform does not take the files of a part: its words go without them, and say so. */
export function sendWithoutFiles(
  sql: SqlStorage,
  { seq, markdown, files }: OutboxRow,
  language: Language,
  now: number,
): void {
  const notice = renderNotice({ kind: "files_left_out", names: files.map(({ name }) => name) }, language);
  const text = [markdown, notice].filter((part) => part !== "").join("\n\n");
  const update = "UPDATE outbox SET files = NULL, markdown = ?, state = 'pending', due_at = ? WHERE seq = ?";
  sql.exec(update, text, now, seq);
}

/** Whether one of our messages has that id on the platform. */
export function isOurs(sql: SqlStorage, messageId: string): boolean {
  return sql.exec("SELECT 1 FROM outbox WHERE receipt = ? LIMIT 1", messageId).toArray().length > 0;
}

/** Reasons of a failed try after which nobody knows whether the part was shown. */
const LEAVES_DOUBT: ReadonlySet<string> = new Set(["channel_outcome_unknown", "interrupted"]);

/** Whether nobody knows if what failed for that reason was shown. */
export function leavesDoubt(reason: string): boolean {
  return LEAVES_DOUBT.has(reason);
}

/** Stores a failed try. A dead part leaves its answer incomplete; the rest of it is still sent. */
export function recordFailure(sql: SqlStorage, row: OutboxRow, failed: FailedSend, reason: string): void {
  sql.exec(
    `UPDATE outbox SET state = ?, due_at = ?, reason = ?, resent_after_unknown = coalesce(?, resent_after_unknown),
       unknown_since = iif(?, coalesce(unknown_since, tried_at), unknown_since) WHERE seq = ?`,
    failed.state,
    failed.dueAt,
    reason,
    failed.resend ? RESENT.now : null,
    LEAVES_DOUBT.has(reason) ? 1 : 0,
    row.seq,
  );
  if (failed.state !== "dead" || row.inboundIds.length === 0) return;
  for (const id of answeredBy(sql, row)) {
    const update = `UPDATE inbox SET state = 'dead', reason = ?, updated_at = ?
       WHERE inbound_id = ? AND state = 'answered'`;
    sql.exec(update, reason, failed.dueAt, id);
  }
  requestReport(sql, failed.dueAt);
}

/** The dead parts that answer one message, in order. */
export function deadPartsFor(sql: SqlStorage, id: InboundId): readonly OutboxRow[] {
  return partsFor(sql, id, "dead").filter((row) => answeredBy(sql, row).length > 0);
}

/**
 * Puts a dead part back into the queue. Its tries and its one resend after an unknown count anew; that it may have been
 * shown before stays on record. Its messages count as answered again once no part of their answer is dead.
 */
export function replayPart(sql: SqlStorage, row: OutboxRow, now: number): void {
  // It goes before all younger parts, so it is due no sooner than any of them: a platform's Retry-After holds for it too.
  const update = `UPDATE outbox SET state = 'pending', attempts = 0, replayed_at = ?1,
     resent_after_unknown = iif(resent_after_unknown = 0, 0, ${RESENT.beforeReplay}),
     due_at = max(?1, (SELECT coalesce(max(due_at), 0) FROM outbox WHERE ${PART_IS_OPEN})) WHERE seq = ?2`;
  sql.exec(update, now, row.seq);
  requestReport(sql, now);
  if (hasPart(sql, row, "state = 'dead'")) return;
  for (const id of answeredBy(sql, row)) {
    const restore = `UPDATE inbox SET state = 'answered', reason = NULL, updated_at = ?1, replayed_at = ?1
       WHERE inbound_id = ?2 AND state = 'dead'`;
    sql.exec(restore, now, id);
  }
}

/** Forgets dead notices that only say that this message failed: it is going to be answered. */
export function dropDeadNotices(sql: SqlStorage, id: InboundId): void {
  sql.exec("DELETE FROM outbox WHERE state = 'dead' AND inbound_ids = ?", JSON.stringify([id]));
}

/**
 * The messages whose answer a part belongs to. None if it only says that they failed: they may have been replayed since
 * and wait for an answer of their own.
 */
function answeredBy(sql: SqlStorage, { turnId, inboundIds }: OutboxRow): readonly InboundId[] {
  const query = "SELECT 1 FROM turns WHERE turn_id = ? AND outcome <> 'answered'";
  const isNotice = turnId !== null && sql.exec(query, turnId).toArray().length > 0;
  return isNotice ? [] : inboundIds;
}

/** Whether the answer that a part belongs to has a part of that kind. Its parts were numbered in one go. */
function hasPart(sql: SqlStorage, { seq, part, parts }: OutboxRow, where: string): boolean {
  const first = seq - part + 1;
  const query = `SELECT 1 FROM outbox WHERE seq BETWEEN ? AND ? AND ${where} LIMIT 1`;
  return sql.exec(query, first, first + parts - 1).toArray().length > 0;
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
  return partsFor(sql, id, "sent");
}

function partsFor(sql: SqlStorage, id: InboundId, state: "sent" | "dead"): readonly OutboxRow[] {
  const query = `SELECT * FROM outbox
     WHERE state = '${state}' AND EXISTS (SELECT 1 FROM json_each(inbound_ids) WHERE value = ?) ORDER BY seq`;
  return sql.exec<Columns>(query, id).toArray().map(readRow);
}

function readRow(row: Columns): OutboxRow {
  // Only `enqueueAnswer` and `openPreview` write these columns.
  const address: ReplyAddress = JSON.parse(row.address);
  const files: readonly OutboxFile[] = row.files === null ? [] : JSON.parse(row.files);
  const buttons: readonly (readonly Button[])[] = row.buttons === null ? [] : JSON.parse(row.buttons);
  const ids: unknown[] = JSON.parse(row.inbound_ids);
  return {
    seq: row.seq,
    kind: row.kind,
    turnId: row.turn_id,
    part: row.part,
    parts: row.parts,
    address,
    markdown: row.markdown,
    files,
    buttons,
    edits: row.edits,
    inboundIds: ids.filter((id) => typeof id === "string").filter(isInboundId),
    state: row.state,
    attempts: row.attempts,
    dueAt: row.due_at,
    resentAfterUnknown: row.resent_after_unknown === RESENT.now,
    mayBeShownSince: row.unknown_since,
    isReplayed: row.replayed_at !== null,
    isAnnouncement: row.announcement !== null,
  };
}
