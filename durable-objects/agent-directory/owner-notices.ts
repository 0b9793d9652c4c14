/** Notices to the owner, most about dead letters: made at once, a bounded number an hour, handed over until they are taken. */
import { DEAD_LETTER_BOUNDS } from "../../protocol/bounds.ts";
import type { DeadLetter, OwnerNotice } from "../../protocol/dead-letter.ts";
import type { OwnerNews } from "../../protocol/owner-news.ts";
import { isSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { markTold, readUntold } from "./dead-letters.ts";

type NoticeBody =
  | Omit<Extract<OwnerNotice, { deadLetters: unknown }>, "notice">
  | Omit<Extract<OwnerNotice, { kind: "news" }>, "notice">;
type NoticeRow = { notice: number; target: string; body: string };
/** A notice that its session has not taken yet. */
export type OpenNotice = { readonly target: SessionKey; readonly notice: OwnerNotice };

/**
 * Makes notices of all dead letters that nobody was told of, one for each place that `placeOf` names. A place that has
 * had its share of notices waits, and what dies meanwhile comes in one.
 */
export function makeNotices(sql: SqlStorage, placeOf: (session: SessionKey) => SessionKey, now: number): void {
  const windowStart = now - DEAD_LETTER_BOUNDS.noticesWindowMs;
  sql.exec("DELETE FROM owner_notices WHERE told_at IS NOT NULL AND made_at <= ?", windowStart);
  const untold = readUntold(sql, DEAD_LETTER_BOUNDS.indexMax);
  const byPlace = Map.groupBy(untold, (letter) => placeOf(letter.session));
  for (const [target, deadLetters] of byPlace) {
    const query = "SELECT count(*) AS n FROM owner_notices WHERE target = ? AND made_at > ? AND about IS NULL";
    const { n } = sql.exec<{ n: number }>(query, target, windowStart).one();
    if (n < DEAD_LETTER_BOUNDS.noticesMax) makeNotice(sql, target, deadLetters, now);
  }
}

function makeNotice(sql: SqlStorage, target: SessionKey, deadLetters: readonly DeadLetter[], now: number): void {
  // One part stands for its answer: all of them usually die of the same.
  const answers = Map.groupBy(deadLetters, ({ session, inboundId }) => `${session}/${inboundId}`);
  const firsts = [...answers.values()].flatMap((parts) => parts.slice(0, 1));
  const named = firsts.slice(0, DEAD_LETTER_BOUNDS.namedMax);
  const body: NoticeBody = { kind: "dead_letters", deadLetters: named, more: firsts.length - named.length };
  const insert = "INSERT INTO owner_notices (target, body, made_at) VALUES (?, ?, ?) RETURNING notice";
  const { notice } = sql.exec<{ notice: number }>(insert, target, JSON.stringify(body), now).one();
  for (const letter of deadLetters) markTold(sql, letter, notice);
}

/** Makes a notice of news, once per `about`. These are so few that they have no bound. */
export function makeNews(sql: SqlStorage, target: SessionKey, news: OwnerNews, about: string, now: number): void {
  const body: NoticeBody = { kind: "news", news };
  const insert = "INSERT INTO owner_notices (target, body, made_at, about) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
  sql.exec(insert, target, JSON.stringify(body), now, about);
}

/** The notices that their sessions have not taken yet, oldest first. */
export function readOpenNotices(sql: SqlStorage): readonly OpenNotice[] {
  const query = "SELECT notice, target, body FROM owner_notices WHERE told_at IS NULL ORDER BY notice";
  return sql
    .exec<NoticeRow>(query)
    .toArray()
    .flatMap(({ notice, target, body }) => {
      const told: NoticeBody = JSON.parse(body); // only this file writes it
      return isSessionKey(target) ? [{ target, notice: { notice, ...told } }] : [];
    });
}

/** Records that its session has a notice; it will send it like any answer. */
export function markTaken(sql: SqlStorage, notice: number, now: number): void {
  sql.exec("UPDATE owner_notices SET told_at = ? WHERE notice = ?", now, notice);
}

/** When a place that had its share may be told more; null when nobody waits for that. */
export function nextWindowAt(sql: SqlStorage, now: number): number | null {
  const query = `SELECT min(made_at) AS first FROM owner_notices
     WHERE made_at > ? AND about IS NULL AND EXISTS (SELECT 1 FROM dead_letters WHERE notice IS NULL)`;
  const { first } = sql.exec<{ first: number | null }>(query, now - DEAD_LETTER_BOUNDS.noticesWindowMs).one();
  return first === null ? null : first + DEAD_LETTER_BOUNDS.noticesWindowMs;
}
