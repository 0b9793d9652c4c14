/** The codes that are open: of strangers who ask to be let in, and of people who join a second channel. */
import type { Peer } from "../../protocol/access.ts";
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { isSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { newCode } from "./code-match.ts";
import { readPeer } from "./roster.ts";

type Common = {
  readonly code: string;
  /** Where it was shown. */
  readonly session: SessionKey;
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number;
};
export type PairCode = Common & { readonly kind: "pair"; readonly peer: Peer };
export type LinkCode = Common & { readonly kind: "link"; readonly personId: string };
export type OpenCode = PairCode | LinkCode;

type Row = {
  code: string;
  kind: string;
  session: string;
  peer: string | null;
  person: string | null;
  name: string;
  created_at: number;
  expires_at: number;
};

/** The codes that are good at `now`, oldest first. Those whose time is over are removed. */
export function readOpenCodes(sql: SqlStorage, now: number): readonly OpenCode[] {
  sql.exec("DELETE FROM codes WHERE expires_at <= ?", now);
  return sql.exec<Row>("SELECT * FROM codes ORDER BY seq").toArray().flatMap(readRow);
}

/** Only `insertCode` writes rows, with keys that were checked. */
function readRow(row: Row): readonly OpenCode[] {
  const { code, session, person: personId, name, created_at: createdAt, expires_at: expiresAt } = row;
  if (!isSessionKey(session)) return [];
  const common = { code, session, name, createdAt, expiresAt };
  if (row.kind === "link") return personId === null ? [] : [{ kind: "link", ...common, personId }];
  const peer = readPeer(row.peer ?? "");
  return peer ? [{ kind: "pair", ...common, peer }] : [];
}

/** A code that none of the open ones is. */
export function freshCode(open: readonly OpenCode[]): string {
  return newCode(new Set(open.map(({ code }) => code)), (bytes) => crypto.getRandomValues(bytes));
}

/** Stores a code. */
export function insertCode(sql: SqlStorage, code: OpenCode): void {
  sql.exec(
    `INSERT INTO codes (code, kind, session, peer, person, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    code.code,
    code.kind,
    code.session,
    code.kind === "pair" ? code.peer : null,
    code.kind === "link" ? code.personId : null,
    code.name.slice(0, INBOUND_BOUNDS.labelMax),
    code.createdAt,
    code.expiresAt,
  );
}

/** A code is used or refused. */
export function deleteCode(sql: SqlStorage, code: string): void {
  sql.exec("DELETE FROM codes WHERE code = ?", code);
}

/** Somebody needs no pairing code any more. */
export function deletePairCodesOf(sql: SqlStorage, peer: Peer): void {
  sql.exec("DELETE FROM codes WHERE kind = 'pair' AND peer = ?", peer);
}

/** When the next code is over; null: none is open. */
export function nextExpiryAt(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT min(expires_at) AS at FROM codes").one().at;
}
