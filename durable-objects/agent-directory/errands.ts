/**
 * What sessions are still to be told: that somebody was let in, that who may speak has changed, and, where the owner is,
 * that a stranger has a code. A row goes when its session knows, or when its time is over. Synchronous SQL only.
 */
import type { Role } from "../../protocol/access.ts";
import { backoffMs } from "../../protocol/backoff.ts";
import { ACCESS_BOUNDS, DEAD_LETTER_BOUNDS } from "../../protocol/bounds.ts";
import { isSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";

export type Errand =
  | { readonly kind: "welcome"; readonly session: SessionKey; readonly role: Role }
  | { readonly kind: "access_changed"; readonly session: SessionKey }
  | { readonly kind: "stranger"; readonly code: string };
export type StoredErrand = Errand & { readonly errand: number; readonly attempts: number };

type Row = { errand: number; about: string; kind: string; role: string | null; attempts: number };

/** Sends for somebody to be told. What was to be said of the same session or code before is out of date. */
export function addErrand(sql: SqlStorage, errand: Errand, now: number): void {
  sql.exec(
    "INSERT OR REPLACE INTO errands (about, kind, role, attempts, due_at, expires_at) VALUES (?, ?, ?, 0, ?, ?)",
    errand.kind === "stranger" ? errand.code : errand.session,
    errand.kind,
    errand.kind === "welcome" ? errand.role : null,
    now,
    now + (errand.kind === "stranger" ? ACCESS_BOUNDS.pairingLifeMs : OBJECT_BOUNDS.errandLifeMs),
  );
  sql.exec(
    "DELETE FROM errands WHERE errand <= (SELECT errand FROM errands ORDER BY errand DESC LIMIT 1 OFFSET ?)",
    OBJECT_BOUNDS.errandsMax,
  );
}

/** Those that are due, oldest first. Each counts as tried, and is due again after a pause. */
export function takeDueErrands(sql: SqlStorage, now: number): readonly StoredErrand[] {
  sql.exec("DELETE FROM errands WHERE expires_at <= ?", now);
  const query = "SELECT errand, about, kind, role, attempts FROM errands WHERE due_at <= ? ORDER BY errand LIMIT ?";
  const due = sql.exec<Row>(query, now, OBJECT_BOUNDS.errandsAtATimeMax).toArray().flatMap(readRow);
  for (const { errand, attempts } of due) {
    const dueAt = now + backoffMs(attempts + 1, DEAD_LETTER_BOUNDS);
    sql.exec("UPDATE errands SET attempts = attempts + 1, due_at = ? WHERE errand = ?", dueAt, errand);
  }
  return due;
}

/** Only `addErrand` writes rows, with keys that were checked. */
function readRow({ errand, about, kind, role, attempts }: Row): readonly StoredErrand[] {
  if (kind === "stranger") return [{ kind, code: about, errand, attempts }];
  if (!isSessionKey(about)) return [];
  if (kind === "access_changed") return [{ kind, session: about, errand, attempts }];
  return [{ kind: "welcome", session: about, role: role === "owner" ? "owner" : "person", errand, attempts }];
}

/** It is done, unless something newer is to be said there. */
export function deleteErrand(sql: SqlStorage, errand: number): void {
  sql.exec("DELETE FROM errands WHERE errand = ?", errand);
}

/** Nothing more is to be said of a session or code. */
export function dropErrand(sql: SqlStorage, about: string): void {
  sql.exec("DELETE FROM errands WHERE about = ?", about);
}

/** When the next one is due; null: there is none. */
export function nextErrandAt(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT min(due_at) AS at FROM errands").one().at;
}
