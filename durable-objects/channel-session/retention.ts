/** Forgets what has been kept long enough, a bounded number of rows at a time. */
import { RETENTION } from "../../protocol/bounds.ts";

type Rule = { readonly table: keyof typeof KEYS; readonly where: string; readonly keepMs: number };

const KEYS = { dedupe: "key", inbox: "seq", outbox: "seq", turns: "turn_id" } as const;

const SWEEPS: readonly Rule[] = [
  { table: "dedupe", where: "expires_at < ?", keepMs: 0 },
  { table: "inbox", where: "state IN ('delivered', 'stopped') AND updated_at < ?", keepMs: RETENTION.deliveredMs },
  { table: "inbox", where: "state IN ('failed', 'dead') AND updated_at < ?", keepMs: RETENTION.deadMs },
  { table: "outbox", where: "state = 'sent' AND sent_at < ?", keepMs: RETENTION.deliveredMs },
  { table: "outbox", where: "state = 'dead' AND created_at < ?", keepMs: RETENTION.deadMs },
  { table: "turns", where: "ended_at < ?", keepMs: RETENTION.deadMs },
];

/** Removes rows whose time is over; what is over the bound goes with the next sweep. */
export function sweep(sql: SqlStorage, now: number): void {
  for (const { table, where, keepMs } of SWEEPS) {
    const key = KEYS[table];
    const doomed = `SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${RETENTION.sweepRowsMax}`;
    sql.exec(`DELETE FROM ${table} WHERE ${key} IN (${doomed})`, now - keepMs);
  }
}
