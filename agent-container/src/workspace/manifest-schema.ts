/** Numbered migrations of the workspace's tables, which share a database file with the session store's. */
import type { DatabaseSync } from "node:sqlite";
import { newerSchema } from "../stores/newer-schema.ts";
import { inTransaction } from "../stores/space-database.ts";

/** Each entry brings the schema from its index to the next version; never changed once released. See `space-database.ts`. */
const MIGRATIONS = [
  `CREATE TABLE workspace_manifests (
     id TEXT PRIMARY KEY,          -- SHA-256 of files
     files TEXT NOT NULL,          -- canonical JSON
     used_at INTEGER NOT NULL      -- when it last became or ceased to be a head or checkpoint
   ) STRICT;
   CREATE INDEX workspace_manifests_by_use ON workspace_manifests (used_at);
   CREATE TABLE workspace_heads (
     name TEXT PRIMARY KEY,        -- 'head', or 'branch:<turn id>' for work that could not be joined
     manifest_id TEXT NOT NULL,
     moved_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE workspace_moves (
     turn_id TEXT NOT NULL,
     mine_id TEXT NOT NULL,        -- what the turn brought
     head_id TEXT NOT NULL,        -- what the head became
     moved_at INTEGER NOT NULL,
     PRIMARY KEY (turn_id, mine_id)
   ) STRICT;
   CREATE INDEX workspace_moves_by_time ON workspace_moves (moved_at);
   CREATE TABLE workspace_checkpoints (
     id TEXT PRIMARY KEY,
     turn_id TEXT NOT NULL,
     shared_base_id TEXT NOT NULL,
     shared_mine_id TEXT NOT NULL,
     space_base_id TEXT NOT NULL,
     space_mine_id TEXT NOT NULL,
     saved_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX workspace_checkpoints_by_time ON workspace_checkpoints (saved_at);`,
] as const;

/** Brings the tables up to date; safe to run in two processes at once. Throws `storage_schema_newer`. */
export function migrateManifests(db: DatabaseSync): void {
  if (schemaVersion(db) === MIGRATIONS.length) return;
  inTransaction(db, () => {
    db.exec("CREATE TABLE IF NOT EXISTS workspace_schema (version INTEGER NOT NULL) STRICT");
    const version = schemaVersion(db);
    if (version > MIGRATIONS.length) throw newerSchema("My workspace");
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec("DELETE FROM workspace_schema");
    db.prepare("INSERT INTO workspace_schema (version) VALUES (?)").run(MIGRATIONS.length);
  });
}

function schemaVersion(db: DatabaseSync): number {
  if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'workspace_schema'").get() === undefined) return 0;
  const version = db.prepare("SELECT version FROM workspace_schema").get()?.["version"];
  return typeof version === "number" ? version : 0;
}
