/**
 * Which jobs a list showed, with the message that asked for it: a number means the job that stood there, though others may
 * have come and gone since. Synchronous SQL only.
 */
import type { InboundId } from "../../protocol/ids.ts";

/** Remembers the ids of a list, in order. */
export function keepShownJobs(sql: SqlStorage, id: InboundId, jobs: readonly string[]): void {
  const update = "UPDATE inbox SET body = json_set(body, '$.shownJobs', json(?)) WHERE inbound_id = ?";
  sql.exec(update, JSON.stringify(jobs), id);
}

/** The ids of the newest list; null: none was shown lately. */
export function readShownJobs(sql: SqlStorage): readonly string[] | null {
  const query = `SELECT json_extract(body, '$.shownJobs') AS shown FROM inbox
     WHERE kind = 'command' AND json_extract(body, '$.shownJobs') IS NOT NULL ORDER BY seq DESC LIMIT 1`;
  const [row] = sql.exec<{ shown: string }>(query).toArray();
  if (!row) return null;
  const jobs: readonly string[] = JSON.parse(row.shown); // only `keepShownJobs` writes it
  return jobs;
}
