/**
 * Pieces that become one message: an album, which comes as one message a picture, and a text that was too long for its
 * sender's app. The first piece is held in the inbox, the others join it, and after a quiet moment it is taken.
 */
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import { parseBody, narrowInboundId } from "./inbox.ts";

/** A message that waits for more of itself. */
export type Held = {
  readonly id: InboundId;
  readonly conversation: ConversationKey;
  readonly inbound: Inbound;
  readonly pieces: number;
  readonly acceptedAt: number;
};

/** One message of two pieces: who, where and when are the first's. Pure. */
function joinPieces(first: Inbound, piece: Inbound): Inbound {
  const shared = [...(first.shared ?? []), ...(piece.shared ?? [])];
  const quoted = first.quoted ?? piece.quoted;
  const text = [first.text, piece.text].filter((part) => part !== "").join("\n");
  return {
    ...first,
    text: text.length <= INBOUND_BOUNDS.textMax ? text : text.slice(0, INBOUND_BOUNDS.textMax).toWellFormed(),
    attachments: [...first.attachments, ...piece.attachments],
    ...(shared.length > 0 && { shared }),
    ...(quoted && { quoted }),
  };
}

/** Until when a message is held that had a piece of `waitMs` just now; at most `now`: no longer. Pure. */
function heldUntil(pieces: number, acceptedAt: number, waitMs: number, now: number): number {
  if (pieces >= INBOUND_BOUNDS.assemblyPiecesMax) return now;
  return Math.min(now + waitMs, acceptedAt + INBOUND_BOUNDS.assemblyMaxMs);
}

/** Holds the first piece that was just inserted. */
export function hold(sql: SqlStorage, { id, assembly }: Inbound, now: number): void {
  if (!assembly) return;
  sql.exec(
    "UPDATE inbox SET state = 'held', assembly = ?, pieces = 1, held_until = ? WHERE inbound_id = ?",
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
  const joined = joinPieces(held.inbound, piece);
  const pieces = held.pieces + 1;
  sql.exec(
    "UPDATE inbox SET body = ?, pieces = ?, held_until = ?, updated_at = ? WHERE inbound_id = ?",
    JSON.stringify(joined),
    pieces,
    heldUntil(pieces, held.acceptedAt, assembly.waitMs, now),
    now,
    held.id,
  );
  return { ...held, inbound: joined, pieces };
}

/** Messages that have waited long enough, oldest first. */
export function dueHeld(sql: SqlStorage, now: number): readonly Held[] {
  return readHeld(sql, "held_until <= ?", now);
}

/** All messages that wait for more of themselves, oldest first. */
export function allHeld(sql: SqlStorage): readonly Held[] {
  return readHeld(sql, "TRUE");
}

/** A held message is like any other from now on. */
export function unhold(sql: SqlStorage, id: InboundId): void {
  sql.exec("UPDATE inbox SET state = 'accepted', held_until = NULL WHERE inbound_id = ?", id);
}

type Row = {
  inbound_id: string;
  conversation: string;
  body: string;
  pieces: number | null;
  accepted_at: number;
};

function readHeld(sql: SqlStorage, where: string, ...values: readonly (string | number)[]): readonly Held[] {
  const query = `SELECT inbound_id, conversation, body, pieces, accepted_at FROM inbox
     WHERE state = 'held' AND ${where} ORDER BY seq`;
  return sql
    .exec<Row>(query, ...values)
    .toArray()
    .flatMap((row) =>
      isConversationKey(row.conversation)
        ? [
            {
              id: narrowInboundId(row.inbound_id),
              conversation: row.conversation,
              inbound: parseBody(row.body),
              pieces: row.pieces ?? 1,
              acceptedAt: row.accepted_at,
            },
          ]
        : [],
    );
}
