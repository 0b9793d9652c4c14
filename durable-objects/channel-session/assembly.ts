/**
 * Pieces that become one message: an album, which comes as one message a picture, and a text that was too long for its
 * sender's app. The first piece is held in the inbox, the others join it, and after a quiet moment it is taken.
 */
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import { type InboxKind, narrowInboundId, parseBody } from "./inbox.ts";
import { countPieces, keepPiece, recompose } from "./pieces.ts";

/** A message that waits for more of itself. */
export type Held = {
  readonly id: InboundId;
  readonly kind: InboxKind;
  readonly conversation: ConversationKey;
  readonly inbound: Inbound;
  readonly acceptedAt: number;
};

/** Holds the first piece, which was just inserted. */
export function hold(sql: SqlStorage, first: Inbound, now: number): void {
  const { id, assembly } = first;
  if (!assembly) return;
  keepPiece(sql, id, first, now);
  sql.exec(
    "UPDATE inbox SET state = 'held', assembly = ?, held_until = ? WHERE inbound_id = ?",
    assembly.key,
    heldUntil(1, now, assembly.waitMs, now),
    id,
  );
}

/** Joins a piece to the message that waits for it. Null: none does. */
export function join(sql: SqlStorage, piece: Inbound, now: number): Held | null {
  const { assembly } = piece;
  const held = assembly && readHeld(sql, "assembly = ?", assembly.key)[0];
  if (!held) return null;
  keepPiece(sql, held.id, piece, now);
  const inbound = recompose(sql, held.id) ?? held.inbound;
  const until = heldUntil(countPieces(sql, held.id), held.acceptedAt, assembly.waitMs, now);
  sql.exec("UPDATE inbox SET held_until = ?, updated_at = ? WHERE inbound_id = ?", until, now, held.id);
  return { ...held, inbound };
}

/** Until when a message is held that had a piece of `waitMs` just now; at most `now`: no longer. Pure. */
function heldUntil(pieces: number, acceptedAt: number, waitMs: number, now: number): number {
  if (pieces >= INBOUND_BOUNDS.assemblyPiecesMax) return now;
  return Math.min(now + waitMs, acceptedAt + INBOUND_BOUNDS.assemblyMaxMs);
}

/** Messages that have waited long enough, oldest first. */
export function dueHeld(sql: SqlStorage, now: number): readonly Held[] {
  return readHeld(sql, "held_until <= ?", now);
}

/** All messages that wait for more of themselves, oldest first. */
export function allHeld(sql: SqlStorage): readonly Held[] {
  return readHeld(sql, "TRUE");
}

/** What was for others is for us, now that a piece of it is. */
export function promote(sql: SqlStorage, id: InboundId): void {
  sql.exec("UPDATE inbox SET kind = 'turn' WHERE inbound_id = ?", id);
}

/** A held message is like any other from now on. */
export function unhold(sql: SqlStorage, id: InboundId): void {
  sql.exec("UPDATE inbox SET state = 'accepted', held_until = NULL WHERE inbound_id = ?", id);
}

type Row = { inbound_id: string; kind: InboxKind; conversation: string; body: string; accepted_at: number };

function readHeld(sql: SqlStorage, where: string, ...values: readonly (string | number)[]): readonly Held[] {
  const query = `SELECT inbound_id, kind, conversation, body, accepted_at FROM inbox
     WHERE state = 'held' AND ${where} ORDER BY seq`;
  return sql
    .exec<Row>(query, ...values)
    .toArray()
    .flatMap(({ inbound_id: id, kind, conversation, body, accepted_at: acceptedAt }) =>
      isConversationKey(conversation)
        ? [{ id: narrowInboundId(id), kind, conversation, inbound: parseBody(body), acceptedAt }]
        : [],
    );
}
