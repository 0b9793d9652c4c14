/** One SQLite file per (agent, space): pi's tables for all its conversations, our fences, the workspace manifests. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newerSchema } from "./newer-schema.ts";

/** How long a writer waits for another process of the same space; commits take well under a millisecond. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Migrations of the file, counted in its `user_version`; never changed once released. A new one is due with every change
 * of any table in the file, be it a statement without effect: this number is what an older release looks at first.
 */
const MIGRATIONS = [
  // Version 0 had the table, but did not count.
  "CREATE TABLE IF NOT EXISTS fences (conversation TEXT PRIMARY KEY, fence INTEGER NOT NULL) STRICT, WITHOUT ROWID",
] as const;

/**
 * Opens a space's database, creating file, folder and fence table. `synchronous = NORMAL` survives a killed process;
 * a power cut can lose the last commits, never tear one. Throws `storage_schema_newer`, having changed nothing, and what
 * node:sqlite throws.
 */
export function openSpaceDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    if (fileVersion(db) > MIGRATIONS.length) throw newerSchema("What I know");
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    if (fileVersion(db) < MIGRATIONS.length) migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Another process may be doing the same: whoever comes second finds it done. */
function migrate(db: DatabaseSync): void {
  inTransaction(db, () => {
    const version = fileVersion(db);
    if (version >= MIGRATIONS.length) return;
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function fileVersion(db: DatabaseSync): number {
  const version = db.prepare("PRAGMA user_version").get()?.["user_version"];
  return typeof version === "number" ? version : 0;
}

/** Runs `work` in one write transaction; it must not await. Rolls back and rethrows what it throws. */
export function inTransaction<T>(db: Pick<DatabaseSync, "exec" | "isTransaction">, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK"); // a full disk has rolled it back already
    throw error;
  }
}
