/**
 * durable-objects/ holds everything that remembers at the edge: one folder per class, and lib/ for what they share.
 *
 * This file: numbered schema migrations. They run synchronously in the constructor, in one transaction.
 */
import { StorageError } from "../../protocol/errors.ts";

/**
 * Brings a database to the newest schema. `migrations[n]` leads from version n to n + 1 and is never changed again.
 * Throws `StorageError` (`storage_schema_newer`) if a newer release wrote the database.
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly string[]): void {
  const { sql } = storage;
  storage.transactionSync(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT");
    const current = sql.exec<{ v: number }>("SELECT coalesce(max(version), 0) AS v FROM schema_version").one().v;
    if (current > migrations.length) {
      throw new StorageError(
        "storage_schema_newer",
        `the database has schema ${current}, this release knows ${migrations.length}: deploy the newer release again`,
      );
    }
    for (const [version, statements] of migrations.entries()) {
      if (version < current) continue;
      sql.exec(statements);
      sql.exec("INSERT INTO schema_version (version) VALUES (?)", version + 1);
    }
  });
}
