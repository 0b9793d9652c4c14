/**
 * Codes that somebody types. Wrong ones are counted by place and over all places, in rows, so that an eviction does not
 * begin anew; the right one counts nothing. Synchronous SQL only.
 */
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { type CodeKind, type CodeRefusal, type CodeTry, readCode } from "../../protocol/pairing.ts";
import { findCode } from "./code-match.ts";
import { type OpenCode, readOpenCodes } from "./codes.ts";
import type { DirectoryContext } from "./directory-context.ts";

/** Counts the tries of all places. No place has this name. */
const EVERYWHERE = "*";

type Row = { place: string; began_at: number; wrong: number };

/** The code that somebody typed, if it is open and of this kind. Wants a transaction. */
export function tryCode<Kind extends CodeKind>(
  { sql, stir }: Pick<DirectoryContext, "sql" | "stir">,
  kind: Kind,
  { code: typed, place }: CodeTry,
  now: number,
): { readonly kind: "found"; readonly found: Extract<OpenCode, { kind: Kind }> } | CodeRefusal {
  const retryAt = blockedUntil(sql, kind, place, now);
  if (retryAt !== null) return { kind: "refused", code: "too_many_tries", retryAt };
  const open = readOpenCodes(sql, now);
  const index = findCode(
    readCode(typed) ?? "",
    open.map(({ code }) => code),
  );
  const found = index === null ? undefined : open[index];
  if (found && isOfKind(found, kind)) return { kind: "found", found };
  for (const counted of [place, EVERYWHERE]) countWrong(sql, kind, counted, now);
  stir(); // and is to be forgotten in time
  return { kind: "refused", code: "unknown_code" };
}

function isOfKind<Kind extends CodeKind>(code: OpenCode, kind: Kind): code is Extract<OpenCode, { kind: Kind }> {
  return code.kind === kind;
}

/** Until when no code is looked at here; null: it is looked at. */
function blockedUntil(sql: SqlStorage, kind: CodeKind, place: string, now: number): number | null {
  sweepTries(sql, now);
  const query = "SELECT place, began_at, wrong FROM code_tries WHERE kind = ? AND place IN (?, ?)";
  const ends = sql
    .exec<Row>(query, kind, place, EVERYWHERE)
    .toArray()
    .filter(({ place: counted, wrong }) => wrong >= maxOf(counted))
    .map(({ began_at: beganAt }) => beganAt + ACCESS_BOUNDS.codeTriesWindowMs);
  return ends.length > 0 ? Math.max(...ends) : null;
}

function maxOf(place: string): number {
  return place === EVERYWHERE ? ACCESS_BOUNDS.codeTriesAllMax : ACCESS_BOUNDS.codeTriesMax;
}

function countWrong(sql: SqlStorage, kind: CodeKind, place: string, now: number): void {
  sql.exec(
    `INSERT INTO code_tries (kind, place, began_at, wrong) VALUES (?, ?, ?, 1)
     ON CONFLICT (kind, place) DO UPDATE SET wrong = wrong + 1`,
    kind,
    place,
    now,
  );
}

/** Forgets the tries whose window is over, also one that a clock has put into the future. */
export function sweepTries(sql: SqlStorage, now: number): void {
  sql.exec("DELETE FROM code_tries WHERE began_at <= ? OR began_at > ?", now - ACCESS_BOUNDS.codeTriesWindowMs, now);
}

/** When there are tries to forget; null: never. */
export function nextTriesEndAt(sql: SqlStorage): number | null {
  const { at } = sql.exec<{ at: number | null }>("SELECT min(began_at) AS at FROM code_tries").one();
  return at === null ? null : at + ACCESS_BOUNDS.codeTriesWindowMs;
}
