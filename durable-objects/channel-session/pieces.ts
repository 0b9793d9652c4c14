/**
 * The pieces table: what each message said that is a piece of one, or was edited. Pieces are in the order in which they were
 * written, whatever the order in which they came.
 */
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { Attachment, Inbound } from "../../protocol/inbound.ts";
import { narrowInboundId, parseBody, readInbound, rewordInbound } from "./inbox.ts";

/** Keeps what a piece of a message says now. */
export function keepPiece(sql: SqlStorage, whole: InboundId, piece: Inbound, now: number): void {
  sql.exec(
    `INSERT INTO pieces (piece_id, whole_id, body, kept_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (piece_id) DO UPDATE SET body = ?3`,
    piece.id,
    whole,
    JSON.stringify(piece),
    now,
  );
}

/** What a piece said last, and the message that it is a piece of; null: it is none, and was never edited. */
export function readPiece(
  sql: SqlStorage,
  id: InboundId,
): { readonly whole: InboundId; readonly last: Inbound } | null {
  const query = "SELECT whole_id, body FROM pieces WHERE piece_id = ?";
  const [row] = sql.exec<{ whole_id: string; body: string }>(query, id).toArray();
  return row ? { whole: narrowInboundId(row.whole_id), last: parseBody(row.body) } : null;
}

export function countPieces(sql: SqlStorage, whole: InboundId): number {
  const query = "SELECT count(*) AS pieces FROM pieces WHERE whole_id = ?";
  return sql.exec<{ pieces: number }>(query, whole).one().pieces;
}

export function dropPieces(sql: SqlStorage, whole: InboundId): void {
  sql.exec("DELETE FROM pieces WHERE whole_id = ?", whole);
}

/** Writes a message anew from its pieces; what was brought in of its files stays. Returns it. */
export function recompose(sql: SqlStorage, whole: InboundId): Inbound | null {
  const [stored] = readInbound(sql, [whole]);
  const query = "SELECT body FROM pieces WHERE whole_id = ? ORDER BY seq";
  const pieces = sql
    .exec<{ body: string }>(query, whole)
    .toArray()
    .map((row) => parseBody(row.body))
    .toSorted((a, b) => Number(a.replyTo.messageId) - Number(b.replyTo.messageId));
  if (!stored || pieces.length === 0) return stored ?? null;
  const composed = compose(stored, pieces);
  rewordInbound(sql, composed);
  return composed;
}

/** Who, where and when stay those of `stored`. Pure. */
function compose(stored: Inbound, pieces: readonly Inbound[]): Inbound {
  const text = pieces
    .map((piece) => piece.text)
    .filter((part) => part !== "")
    .join("\n");
  const shared = pieces.flatMap((piece) => piece.shared ?? []);
  const quoted = pieces.find((piece) => piece.quoted)?.quoted;
  return {
    ...stored,
    text: text.length <= INBOUND_BOUNDS.textMax ? text : text.slice(0, INBOUND_BOUNDS.textMax).toWellFormed(),
    attachments: pieces.flatMap((piece) => piece.attachments).map((file) => asBrought(file, stored.attachments)),
    ...(shared.length > 0 && { shared }),
    ...(quoted && { quoted }),
  };
}

function asBrought(file: Attachment, known: readonly Attachment[]): Attachment {
  return known.find(({ platformId, transfer }) => transfer && platformId === file.platformId) ?? file;
}
