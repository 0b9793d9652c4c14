/** Empties the database of a space down to its fences, and the bytes on the disk with it. */
import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "../../../protocol/errors.ts";
import { inTransaction } from "./space-database.ts";

/** What is left: without the fences an old turn could commit again. */
const KEPT = "fences";

/**
 * Drops every table but that of the fences, whoever made it: each is made anew when it is missed. Then writes the file
 * anew and empties its log, so that no page of either holds a text. Can be repeated. What `guard` throws, in the
 * transaction, leaves everything as it is. Throws `storage_unavailable` while another process reads.
 */
export function emptyDatabase(db: DatabaseSync, guard: () => void): void {
  inTransaction(db, () => {
    guard();
    for (const name of tableNames(db)) if (name !== KEPT) db.exec(`DROP TABLE "${name.replaceAll('"', '""')}"`);
  });
  db.exec("VACUUM");
  // With a reader in the way the log stays as it is, and says so in `busy`.
  if (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] !== 0) {
    throw new StorageError("storage_unavailable", "another process still reads what is to be forgotten");
  }
}

function tableNames(db: DatabaseSync): readonly string[] {
  const rows = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all();
  return rows.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
}
