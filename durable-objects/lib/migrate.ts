/**
 * durable-objects/ holds everything that remembers at the edge: one folder per class, and lib/ for what they share.
 *
 * This file: numbered schema migrations. They run synchronously in the constructor, in one transaction.
 */
import { StorageError } from "../../protocol/errors.ts";

/**
 * Brings a database to the newest schema. `migrations[n]` leads from version n to n + 1 and is never changed again.
 * Throws `StorageError` (`storage_schema_newer`) if a newer release wrote the database, and then changes nothing.
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly string[]): void {
  const { sql } = storage;
  const current = schemaVersion(sql);
  if (current === migrations.length) return;
  if (current > migrations.length) throw newerSchema(current, migrations.length);
  storage.transactionSync(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT");
    for (const [version, statements] of migrations.entries()) {
      if (version < current) continue;
      sql.exec(statements);
      sql.exec("INSERT INTO schema_version (version) VALUES (?)", version + 1);
    }
  });
}

/** Why this release must leave the database alone: a newer one wrote it. Null: it need not. */
export function findNewerSchema(sql: SqlStorage, migrations: readonly string[]): StorageError | null {
  const current = schemaVersion(sql);
  return current > migrations.length ? newerSchema(current, migrations.length) : null;
}

function newerSchema(current: number, known: number): StorageError {
  return new StorageError(
    "storage_schema_newer",
    `the database has schema ${current}, this release knows ${known}: deploy the newer release again`,
  );
}

/** 0: a new database. */
function schemaVersion(sql: SqlStorage): number {
  const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").toArray();
  if (tables.length === 0) return 0;
  return sql.exec<{ v: number }>("SELECT coalesce(max(version), 0) AS v FROM schema_version").one().v;
}
