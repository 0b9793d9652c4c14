/** Tables of `AgentDirectory`; docs/storage-schema.md explains every column. */

export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE lanes (
     conversation TEXT PRIMARY KEY,
     fence        INTEGER NOT NULL,
     epoch        INTEGER NOT NULL,
     turn_id      TEXT,
     session      TEXT,
     lease_until  INTEGER,
     waiting      TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE sessions (
     session      TEXT PRIMARY KEY,
     conversation TEXT NOT NULL,
     first_at     INTEGER NOT NULL,
     last_at      INTEGER NOT NULL,
     turns        INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];
