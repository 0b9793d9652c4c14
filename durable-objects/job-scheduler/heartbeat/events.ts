/** The events table: what the next beat is to be told of. Synchronous SQL only. */
import type { WakeEvent } from "../../../protocol/heartbeat.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";

export type StoredEvent = WakeEvent & { readonly seq: number };

/** Keeps an event; beyond the most that may wait, the oldest is forgotten. */
export function insertEvent(sql: SqlStorage, { text, isTrusted }: WakeEvent, now: number): void {
  const cut = text.slice(0, HEARTBEAT_BOUNDS.eventTextMax).toWellFormed();
  sql.exec("INSERT INTO events (text, is_trusted, at) VALUES (?, ?, ?)", cut, isTrusted ? 1 : 0, now);
  sql.exec(
    "DELETE FROM events WHERE seq <= (SELECT seq FROM events ORDER BY seq DESC LIMIT 1 OFFSET ?)",
    HEARTBEAT_BOUNDS.eventsMax,
  );
}

/** All that wait, the oldest first. */
export function readEvents(sql: SqlStorage): readonly StoredEvent[] {
  return sql
    .exec<{ seq: number; text: string; is_trusted: number }>("SELECT seq, text, is_trusted FROM events ORDER BY seq")
    .toArray()
    .map(({ seq, text, is_trusted: isTrusted }) => ({ seq, text, isTrusted: isTrusted === 1 }));
}

/** How many wait. */
export function countEvents(sql: SqlStorage): number {
  return sql.exec<{ n: number }>("SELECT count(*) AS n FROM events").one().n;
}

/** Forgets those up to one: a beat has dealt with them. */
export function dropEvents(sql: SqlStorage, upTo: number): void {
  sql.exec("DELETE FROM events WHERE seq <= ?", upTo);
}
