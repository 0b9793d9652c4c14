/** The hook_keys table: what was asked for with an idempotency key, so that asking again does nothing. Synchronous SQL only. */
import { HOOK_BOUNDS } from "../../protocol/own-work-bounds.ts";

export type HookKey = {
  /** `<hook>/key/<of a request>`, `<hook>/item/<id>` or, of a long id, `<hook>/digest/<SHA-256>`: two services that both count from 1 do not meet. */
  readonly key: string;
  /** Of what was sent; of an item empty. */
  readonly digest: string;
  readonly runIds: readonly string[];
};

type Row = { key: string; digest: string; runs: string };

/** What a key stands for; null: nothing, or its time is over. */
export function readHookKey(sql: SqlStorage, key: string, now: number): HookKey | null {
  const query = "SELECT key, digest, runs FROM hook_keys WHERE key = ? AND at > ?";
  const [row] = sql.exec<Row>(query, key, now - HOOK_BOUNDS.keysKeptMs).toArray();
  if (!row) return null;
  const runIds: readonly string[] = JSON.parse(row.runs); // only `insertHookKey` writes it
  return { key: row.key, digest: row.digest, runIds };
}

/** Remembers a key. */
export function insertHookKey(sql: SqlStorage, { key, digest, runIds }: HookKey, now: number): void {
  sql.exec(
    "INSERT OR REPLACE INTO hook_keys (key, digest, runs, at) VALUES (?, ?, ?, ?)",
    key,
    digest,
    JSON.stringify(runIds),
    now,
  );
}

/** Forgets those whose time is over, and of a hook the oldest that are too many: it cannot displace another one's. */
export function forgetHookKeys(sql: SqlStorage, hook: string, now: number): void {
  sql.exec("DELETE FROM hook_keys WHERE at <= ?", now - HOOK_BOUNDS.keysKeptMs);
  const ofHook = "key > ?1 || '/' AND key < ?1 || '0'"; // 0 comes after the slash
  sql.exec(
    `DELETE FROM hook_keys WHERE ${ofHook} AND seq <=
       (SELECT seq FROM hook_keys WHERE ${ofHook} ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
    hook,
    HOOK_BOUNDS.keysKept,
  );
}
