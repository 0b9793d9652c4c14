/**
 * What a command has found out before it changed anything beyond the session. It is kept with the command's message, so
 * that a command which died in the middle can be taken up without doing anything twice. Synchronous SQL only.
 */
import type { InboundId } from "../../protocol/ids.ts";
import type { Whom } from "./command-pair-text.ts";

export type Attempt =
  /** Whom the code is of; null: nobody. */
  | { readonly kind: "pair"; readonly of: Whom | null }
  /** Whom the channel belonged to. */
  | { readonly kind: "link"; readonly personId: string | null }
  /** The configuration that the change was made for. */
  | { readonly kind: "config"; readonly version: number }
  /** When it was first tried, and the job that is meant; null: a new one. */
  | {
      readonly kind: "cron";
      readonly at: number;
      readonly job: { readonly id: string; readonly name: string } | null;
    };

/** What an earlier try of the command has left; null: this is the first. */
export function readAttempt<Kind extends Attempt["kind"]>(
  sql: SqlStorage,
  id: InboundId,
  kind: Kind,
): Extract<Attempt, { kind: Kind }> | null {
  const query = "SELECT json_extract(body, '$.attempt') AS attempt FROM inbox WHERE inbound_id = ?";
  const [row] = sql.exec<{ attempt: string | null }>(query, id).toArray();
  if (!row || row.attempt === null) return null;
  const attempt: Attempt = JSON.parse(row.attempt); // only `keepAttempt` writes it
  return isOf(attempt, kind) ? attempt : null;
}

/** Whether there was an earlier try, which may have changed something. */
export function hasAttempt(sql: SqlStorage, id: InboundId): boolean {
  const query = "SELECT 1 FROM inbox WHERE inbound_id = ? AND json_extract(body, '$.attempt') IS NOT NULL";
  return sql.exec(query, id).toArray().length > 0;
}

/** Remembers it; from here on the change may have been made. */
export function keepAttempt(sql: SqlStorage, id: InboundId, attempt: Attempt): void {
  const update = "UPDATE inbox SET body = json_set(body, '$.attempt', json(?)) WHERE inbound_id = ?";
  sql.exec(update, JSON.stringify(attempt), id);
}

function isOf<Kind extends Attempt["kind"]>(attempt: Attempt, kind: Kind): attempt is Extract<Attempt, { kind: Kind }> {
  return attempt.kind === kind;
}
