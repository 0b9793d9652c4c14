/** Events that are stored and not handed over yet. Synchronous SQL only. */
import { backoffMs } from "../../protocol/backoff.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Facts } from "./event-facts.ts";

export type StoredEvent = {
  readonly seq: number;
  readonly name: string;
  readonly data: unknown;
  readonly attempts: number;
  readonly dueAt: number;
  readonly receivedAt: number;
};

type Row = { seq: number; name: string; data: string; attempts: number; due_at: number; received_at: number };

export type NewEvent = Pick<Facts, "key" | "lane"> & {
  readonly name: string;
  /** As JSON. */
  readonly data: string;
  /** Read after a session was lost: it is older than what waits in its lane. */
  readonly isLate: boolean;
  /** Epoch ms; no two events have the same, since a reaction has no other name. */
  readonly receivedAt: number;
};

/** Stores an event. False: it waits already. */
export function insertEvent(
  sql: SqlStorage,
  { key, lane, name, data, isLate, receivedAt }: NewEvent,
  now: number,
): boolean {
  // `rowsWritten` also counts what AUTOINCREMENT writes, so it does not tell.
  const inserted = sql.exec(
    `INSERT INTO inbox (key, lane, name, data, is_late, attempts, due_at, received_at)
     VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7) ON CONFLICT (key) DO NOTHING RETURNING seq`,
    key,
    lane,
    name,
    data,
    isLate ? 1 : 0,
    now,
    receivedAt,
  );
  return inserted.toArray().length > 0;
}

/** The event of a lane that is handed over next. */
export function readHead(sql: SqlStorage, lane: string): StoredEvent | null {
  const query = `SELECT seq, name, data, attempts, due_at, received_at FROM inbox
     WHERE lane = ? ORDER BY is_late DESC, seq LIMIT 1`;
  const [row] = sql.exec<Row>(query, lane).toArray();
  if (!row) return null;
  const { seq, name, attempts, due_at: dueAt, received_at: receivedAt } = row;
  return { seq, name, data: JSON.parse(row.data), attempts, dueAt, receivedAt };
}

export function deleteEvent(sql: SqlStorage, seq: number): void {
  sql.exec("DELETE FROM inbox WHERE seq = ?", seq);
}

/** It could not be handed over. Returns when it is due again. */
export function postpone(sql: SqlStorage, { seq, attempts }: StoredEvent, now: number): number {
  const dueAt = now + backoffMs(attempts + 1, GATEWAY_BOUNDS.handoverRetry);
  sql.exec("UPDATE inbox SET attempts = attempts + 1, due_at = ? WHERE seq = ?", dueAt, seq);
  return dueAt;
}

export function countEvents(sql: SqlStorage): number {
  return sql.exec<{ n: number }>("SELECT count(*) AS n FROM inbox").one().n;
}

/** Those that have events, whichever came first. */
export function readLanes(sql: SqlStorage): readonly string[] {
  const rows = sql.exec<{ lane: string }>("SELECT lane FROM inbox GROUP BY lane ORDER BY min(seq)").toArray();
  return rows.map(({ lane }) => lane);
}
