/** The events table: what the next beat is to be told of. Synchronous SQL only. */
import type { WakeEvent } from "../../../protocol/heartbeat.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";

export type StoredEvent = WakeEvent & { readonly seq: number };

/** Keeps an event; beyond the most that may wait, the oldest of those that are as trusted as it is forgotten. */
export function insertEvent(sql: SqlStorage, { text, isTrusted }: WakeEvent, now: number): void {
  const cut = text.slice(0, HEARTBEAT_BOUNDS.eventTextMax).toWellFormed();
  const trust = isTrusted ? 1 : 0;
  sql.exec("INSERT INTO events (text, is_trusted, at) VALUES (?, ?, ?)", cut, trust, now);
  sql.exec(
    `DELETE FROM events WHERE is_trusted = ?1 AND seq <=
       (SELECT seq FROM events WHERE is_trusted = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
    trust,
    HEARTBEAT_BOUNDS.eventsMax,
  );
}

/** Whether so many more may wait without one being forgotten. */
export function hasRoomForEvents(sql: SqlStorage, isTrusted: boolean, count: number): boolean {
  const query = "SELECT count(*) AS n FROM events WHERE is_trusted = ?";
  return sql.exec<{ n: number }>(query, isTrusted ? 1 : 0).one().n + count <= HEARTBEAT_BOUNDS.eventsMax;
}

/** What a beat has dealt with is kept until the owner has what it says of it, but no other beat is given it meanwhile. */
const WAITS = `seq > (SELECT coalesce(max(events_to), 0) FROM beats JOIN runs ON runs.run = beats.run
   WHERE outcome = 'told' AND delivery = 'pending')`;

/** All that wait, the oldest first. */
export function readEvents(sql: SqlStorage): readonly StoredEvent[] {
  const query = `SELECT seq, text, is_trusted FROM events WHERE ${WAITS} ORDER BY seq`;
  return sql
    .exec<{ seq: number; text: string; is_trusted: number }>(query)
    .toArray()
    .map(({ seq, text, is_trusted: isTrusted }) => ({ seq, text, isTrusted: isTrusted === 1 }));
}

/** How many wait. */
export function countEvents(sql: SqlStorage): number {
  return sql.exec<{ n: number }>(`SELECT count(*) AS n FROM events WHERE ${WAITS}`).one().n;
}

/** Forgets those up to one: a beat has dealt with them. Says how many. */
export function dropEvents(sql: SqlStorage, upTo: number): number {
  return sql.exec("DELETE FROM events WHERE seq <= ? RETURNING seq", upTo).toArray().length;
}
