/** The index of dead letters: which parts of answers were given up, over all sessions. Synchronous SQL only. */
import { DEAD_LETTER_BOUNDS, RETENTION } from "../../protocol/bounds.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { isInboundId } from "../../protocol/ids.ts";
import { isSessionKey, type SessionKey } from "../../protocol/session-key.ts";

type Row = {
  session: string;
  seq: number;
  inbound_id: string;
  turn_id: string | null;
  part: number;
  parts: number;
  reason: string;
  dead_at: number;
};

/** Makes the index say of a session what the session says. A part that died again counts as not told of yet. */
export function replaceDeadLetters(
  sql: SqlStorage,
  session: SessionKey,
  deadLetters: readonly DeadLetter[],
  now: number,
): void {
  const seqs = JSON.stringify(deadLetters.map((letter) => letter.seq));
  sql.exec("DELETE FROM dead_letters WHERE session = ? AND seq NOT IN (SELECT value FROM json_each(?))", session, seqs);
  for (const letter of deadLetters) {
    sql.exec(
      `INSERT INTO dead_letters (session, seq, inbound_id, turn_id, part, parts, reason, dead_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session, seq) DO UPDATE SET reason = excluded.reason, dead_at = excluded.dead_at, notice = NULL
         WHERE dead_at <> excluded.dead_at`,
      session,
      letter.seq,
      letter.inboundId,
      letter.turnId,
      letter.part,
      letter.parts,
      letter.reason,
      letter.deadAt,
    );
  }
  if (deadLetters.length > 0) trim(sql, now);
}

function trim(sql: SqlStorage, now: number): void {
  sql.exec("DELETE FROM dead_letters WHERE dead_at < ?", now - RETENTION.deadMs);
  sql.exec(
    `DELETE FROM dead_letters WHERE dead_at <
       (SELECT dead_at FROM dead_letters ORDER BY dead_at DESC LIMIT 1 OFFSET ?)`,
    DEAD_LETTER_BOUNDS.indexMax - 1,
  );
}

/** The newest dead letters that are not forgotten yet. */
export function readDeadLetters(sql: SqlStorage, limit: number, now: number): readonly DeadLetter[] {
  const query = "SELECT * FROM dead_letters WHERE dead_at >= ? ORDER BY dead_at DESC, seq DESC LIMIT ?";
  return sql
    .exec<Row>(query, now - RETENTION.deadMs, limit)
    .toArray()
    .flatMap(readLetter);
}

/** How many there are. */
export function countDeadLetters(sql: SqlStorage, now: number): number {
  const query = "SELECT count(*) AS n FROM dead_letters WHERE dead_at >= ?";
  return sql.exec<{ n: number }>(query, now - RETENTION.deadMs).one().n;
}

/** Those that no notice has told of, oldest first. */
export function readUntold(sql: SqlStorage, limit: number): readonly DeadLetter[] {
  const query = "SELECT * FROM dead_letters WHERE notice IS NULL ORDER BY dead_at, seq LIMIT ?";
  return sql.exec<Row>(query, limit).toArray().flatMap(readLetter);
}

/** Whether there are any that no notice has told of. */
export function hasUntold(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM dead_letters WHERE notice IS NULL LIMIT 1").toArray().length > 0;
}

/** Records which notice tells of a dead letter. */
export function markTold(sql: SqlStorage, { session, seq }: DeadLetter, notice: number): void {
  sql.exec("UPDATE dead_letters SET notice = ? WHERE session = ? AND seq = ?", notice, session, seq);
}

/** Only `replaceDeadLetters` writes rows, with keys and ids that were checked. */
function readLetter(row: Row): readonly DeadLetter[] {
  const { session, seq, inbound_id: inboundId, turn_id: turnId, part, parts, reason, dead_at: deadAt } = row;
  if (!isSessionKey(session) || !isInboundId(inboundId)) return [];
  return [{ session, seq, inboundId, turnId, part, parts, reason, deadAt }];
}
