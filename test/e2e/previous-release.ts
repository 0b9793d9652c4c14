/** Puts a state directory back to what the release of schema 1 would have left of it. Nothing may be running there. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { MIGRATIONS as AGENT_DIRECTORY } from "../../durable-objects/agent-directory/schema.ts";
import { MIGRATIONS as CHANNEL_SESSION } from "../../durable-objects/channel-session/schema.ts";

/** Rewinds all databases of a state directory; returns how many objects there were. */
export function rewindToSchema1(stateDir: string): number {
  rmSync(join(stateDir, "schemas.json"));
  for (const file of filesIn(join(stateDir, "agent", "main"))) {
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 0");
    db.close();
  }
  const objects = join(stateDir, "durable-objects");
  const sessions = filesIn(join(objects, "agent-claw-ChannelSession"));
  const directories = filesIn(join(objects, "agent-claw-AgentDirectory"));
  for (const file of sessions) rewind(file, CHANNEL_SESSION[0] ?? "");
  for (const file of directories) rewind(file, AGENT_DIRECTORY[0] ?? "");
  return sessions.length + directories.length;
}

function filesIn(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  return names.map((name) => join(folder, name));
}

/** Keeps of every row what schema 1 had of it. The tables of workerd itself (the alarm) stay as they are. */
function rewind(file: string, schema: string): void {
  const db = new DatabaseSync(file);
  const old = new DatabaseSync(":memory:");
  old.exec(schema);
  const kept = tablesOf(old).map((table) => {
    const columns = columnsOf(old, table);
    return { table, columns, rows: db.prepare(`SELECT ${columns.join(", ")} FROM ${table}`).all() };
  });
  for (const table of tablesOf(db)) db.exec(`DROP TABLE ${table}`);
  db.exec(`CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT; INSERT INTO schema_version VALUES (1)`);
  db.exec(schema);
  for (const { table, columns, rows } of kept) {
    const insert = db.prepare(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
    for (const row of rows) insert.run(...columns.map((column): SQLInputValue => row[column] ?? null));
  }
  // Schema 1 did not count runs.
  if (columnsOf(db, "turn").length > 0) db.exec("UPDATE turn SET state = json_remove(state, '$.runs')");
  old.close();
  db.close();
}

function tablesOf(db: DatabaseSync): readonly string[] {
  const ours = "name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'";
  const rows = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND ${ours}`).all();
  return rows.map((row) => String(row["name"]));
}

function columnsOf(db: DatabaseSync, table: string): readonly string[] {
  return db
    .prepare("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map((row) => String(row["name"]));
}
