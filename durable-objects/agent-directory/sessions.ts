/** The sessions table: where anybody who is let in has written. Synchronous SQL only. */
import { type ChannelId, type ConversationKey, isSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";

export type SessionSummary = {
  readonly session: string;
  readonly conversation: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly turns: number;
};

type Row = { session: string; conversation: string; first_at: number; last_at: number; turns: number };

/**
 * Knows a session from now on. Of one that is known, only a turn changes anything: it is counted. `title`: what the chat is
 * called; null: not known.
 */
export function noteSession(
  sql: SqlStorage,
  session: SessionKey,
  conversation: ConversationKey,
  { turns, title }: { readonly turns: 0 | 1; readonly title: string | null },
  now: number,
): void {
  sql.exec(
    `INSERT INTO sessions (session, conversation, first_at, last_at, turns, title) VALUES (?1, ?2, ?3, ?3, ?4, ?5)
     ON CONFLICT (session) DO UPDATE
       SET conversation = ?2, last_at = ?3, turns = turns + 1, title = coalesce(?5, title) WHERE ?4 = 1`,
    session,
    conversation,
    now,
    turns,
    title,
  );
}

/** Whether a session is known. */
export function hasSession(sql: SqlStorage, session: SessionKey): boolean {
  return sql.exec("SELECT 1 FROM sessions WHERE session = ?", session).toArray().length > 0;
}

/** When a turn of a conversation was granted last in a chat where people write; null: never. */
export function lastTurnAt(sql: SqlStorage, conversation: ConversationKey): number | null {
  const query = `SELECT max(last_at) AS at FROM sessions
     WHERE conversation = ? AND turns > 0 AND session NOT GLOB 'agent:*:job:*'`;
  return sql.exec<{ at: number | null }>(query, conversation).one().at;
}

/** The known sessions in which the turns of a conversation ran last, or whose names begin with one of `chats`. */
export function readSessionsOf(
  sql: SqlStorage,
  conversation: ConversationKey,
  chats: readonly SessionKey[],
): readonly SessionKey[] {
  // A topic of a chat is a session of its own; ";" comes next after ":".
  const query = `SELECT session FROM sessions WHERE conversation = ?1
     UNION SELECT session FROM sessions, json_each(?2) AS chat
       WHERE session = chat.value OR (session >= chat.value || ':' AND session < chat.value || ';')`;
  return sql
    .exec<{ session: string }>(query, conversation, JSON.stringify(chats))
    .toArray()
    .map(({ session }) => session)
    .filter(isSessionKey);
}

/** Forgets sessions. */
export function deleteSessions(sql: SqlStorage, sessions: readonly SessionKey[]): void {
  sql.exec("DELETE FROM sessions WHERE session IN (SELECT value FROM json_each(?))", JSON.stringify(sessions));
}

/** The groups of a channel that somebody who is let in has written in. */
export function countGroups(sql: SqlStorage, agent: string, channel: ChannelId): number {
  const query = `SELECT count(*) AS n FROM sessions
     WHERE session GLOB ?1 || ':group:*' OR session GLOB ?1 || ':channel:*'`;
  return sql.exec<{ n: number }>(query, `agent:${agent}:${channel}`).one().n;
}

/** The known sessions, the one with the newest turn first. */
export function readSessions(sql: SqlStorage): readonly SessionSummary[] {
  const query = "SELECT session, conversation, first_at, last_at, turns FROM sessions ORDER BY last_at DESC LIMIT ?";
  return sql
    .exec<Row>(query, OBJECT_BOUNDS.sessionsListedMax)
    .toArray()
    .map(({ session, conversation, first_at: firstAt, last_at: lastAt, turns }) => ({
      session,
      conversation,
      firstAt,
      lastAt,
      turns,
    }));
}
