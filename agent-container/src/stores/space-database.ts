/** One SQLite file per (agent, space): pi's tables for all its conversations, our fences, the workspace manifests. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How long a writer waits for another process of the same space; commits take well under a millisecond. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a space's database, creating file, folder and fence table. `synchronous = NORMAL` survives a killed process;
 * a power cut can lose the last commits, never tear one. Throws what node:sqlite throws.
 */
export function openSpaceDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  db.exec(
    `CREATE TABLE IF NOT EXISTS fences (conversation TEXT PRIMARY KEY, fence INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  );
  return db;
}

/** Runs `work` in one write transaction; it must not await. Rolls back and rethrows what it throws. */
export function inTransaction<T>(db: Pick<DatabaseSync, "exec">, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
