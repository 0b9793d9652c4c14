/** Looks into the agents' databases: a process that was overtaken may not have changed a row of any table. */
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The content of each table, by `<file> <table>`, as a hash. */
export type Stores = ReadonlyMap<string, string>;

/** Reads all tables of all databases below `folder`. */
export function readStores(folder: string): Stores {
  const stores = new Map<string, string>();
  for (const file of globSync("**/*.sqlite", { cwd: folder })) {
    const db = new DatabaseSync(join(folder, file), { readOnly: true });
    for (const { name } of db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()) {
      const rows = JSON.stringify(db.prepare(`SELECT * FROM "${String(name)}"`).all());
      stores.set(`${file} ${String(name)}`, createHash("sha256").update(rows).digest("hex"));
    }
    db.close();
  }
  return stores;
}

/** The tables that differ. */
export function changedTables(before: Stores, after: Stores): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((table) => before.get(table) !== after.get(table));
}
