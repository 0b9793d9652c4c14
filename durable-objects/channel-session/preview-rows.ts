/**
 * The one message in which a growing answer is shown where previews are messages: a row of the outbox, so that it is sent
 * once, in order, and found again after a crash. The first part of the answer then takes its place.
 */
import type { TurnId } from "../../protocol/ids.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";
import type { OutboxRow, OutboxState } from "./outbox.ts";

export type Preview = {
  readonly seq: number;
  readonly state: OutboxState;
  /** The platform's id, once it is sent. */
  readonly messageId: string | null;
};

/** Puts a preview into the queue. */
export function openPreview(
  sql: SqlStorage,
  { turnId, address, markdown }: { readonly turnId: TurnId; readonly address: ReplyAddress; readonly markdown: string },
  now: number,
): void {
  sql.exec(
    `INSERT INTO outbox (kind, turn_id, part, parts, address, markdown, inbound_ids, state, attempts, due_at,
       resent_after_unknown, created_at)
     VALUES ('preview', ?1, 1, 1, ?2, ?3, '[]', 'pending', 0, ?4, 0, ?4)`,
    turnId,
    JSON.stringify(address),
    markdown,
    now,
  );
}

/** The preview of a turn; null: none was ever made. */
export function readPreview(sql: SqlStorage, turnId: string): Preview | null {
  const query =
    "SELECT seq, state, receipt FROM outbox WHERE kind = 'preview' AND turn_id = ? ORDER BY seq DESC LIMIT 1";
  const [row] = sql.exec<{ seq: number; state: OutboxState; receipt: string | null }>(query, turnId).toArray();
  return row ? { seq: row.seq, state: row.state, messageId: row.receipt } : null;
}

/**
 * The platform's id of the preview that a part takes the place of. Null: it is a message of its own, because there is no
 * preview, or nobody knows whether it is on screen.
 */
export function messageToEdit(sql: SqlStorage, { edits }: { readonly edits: number | null }): string | null {
  if (edits === null) return null;
  const query = "SELECT receipt FROM outbox WHERE seq = ? AND state = 'sent'";
  const [row] = sql.exec<{ receipt: string | null }>(query, edits).toArray();
  return row?.receipt ?? null;
}

/** The preview was edited: nobody knows to the letter what it shows. */
export function forgetShown(sql: SqlStorage, seq: number): void {
  sql.exec("UPDATE outbox SET markdown = '' WHERE seq = ? AND markdown <> ''", seq);
}

/** The platform's id of a preview that shows this very part already, as it would be sent. Null: it does not. */
export function alreadyShown(
  sql: SqlStorage,
  { edits, markdown, buttons }: Pick<OutboxRow, "edits" | "markdown" | "buttons">,
): string | null {
  if (edits === null || buttons.length > 0) return null;
  const query = "SELECT receipt FROM outbox WHERE seq = ? AND state = 'sent' AND markdown = ?";
  const [row] = sql.exec<{ receipt: string | null }>(query, edits, markdown).toArray();
  return row?.receipt ?? null;
}

/** Takes back a preview that was surely not shown. Another one is sent first, where that shows it once. */
export function withdrawPreview(sql: SqlStorage, turnId: string): void {
  const query = `DELETE FROM outbox WHERE kind = 'preview' AND turn_id = ? AND state IN ('pending', 'not_sent')
     AND unknown_since IS NULL`;
  sql.exec(query, turnId);
}

/** The preview whose place the answer of a turn takes; one that was not shown yet is taken back. */
export function claimPreview(sql: SqlStorage, turnId: string): number | null {
  withdrawPreview(sql, turnId);
  return readPreview(sql, turnId)?.seq ?? null;
}
