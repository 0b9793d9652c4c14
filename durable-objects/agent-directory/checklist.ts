/**
 * The checklist row: whether HEARTBEAT.md of the owner's space asks for anything, as the last turn there left it. No
 * heartbeat needs to look into the space to know. Synchronous SQL only.
 */
import type { ChecklistState } from "../../protocol/heartbeat.ts";

/** Takes what a turn has left. Of two reports the one of the later turn counts, whichever comes first. */
export function noteChecklist(sql: SqlStorage, { hash, at }: ChecklistState): void {
  sql.exec(
    `INSERT INTO checklist (id, hash, at) VALUES (1, ?1, ?2)
     ON CONFLICT (id) DO UPDATE SET hash = ?1, at = ?2 WHERE at <= ?2`,
    hash,
    at,
  );
}

/** The hash of a checklist that asks for something; null: it asks for nothing, or there is none. */
export function readChecklistHash(sql: SqlStorage): string | null {
  return sql.exec<{ hash: string | null }>("SELECT hash FROM checklist").toArray()[0]?.hash ?? null;
}
