/** Tables of `DiscordGateway`; docs/storage-schema.md explains every column. */

export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE identity (
     application_id TEXT PRIMARY KEY
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE gateway (
     id    INTEGER PRIMARY KEY CHECK (id = 1),
     state TEXT NOT NULL,
     seq   INTEGER
   ) STRICT;

   CREATE TABLE inbox (
     seq         INTEGER PRIMARY KEY AUTOINCREMENT,
     key         TEXT NOT NULL UNIQUE,
     lane        TEXT NOT NULL,
     name        TEXT NOT NULL,
     data        TEXT NOT NULL,
     is_late     INTEGER NOT NULL,
     attempts    INTEGER NOT NULL,
     due_at      INTEGER NOT NULL,
     received_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX inbox_lanes ON inbox (lane, is_late DESC, seq);

   CREATE TABLE threads (
     thread_id TEXT PRIMARY KEY,
     guild_id  TEXT NOT NULL,
     parent_id TEXT NOT NULL,
     is_ours   INTEGER NOT NULL,
     known_at  INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX threads_age ON threads (known_at);

   CREATE TABLE bot_roles (
     guild_id TEXT PRIMARY KEY,
     role_id  TEXT NOT NULL,
     known_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE channels (
     channel_id   TEXT PRIMARY KEY,
     guild_id     TEXT,
     channel_type INTEGER,
     last_seen_id TEXT NOT NULL,
     last_at      INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX channels_age ON channels (last_at);

   CREATE TABLE gaps (
     gap             INTEGER PRIMARY KEY AUTOINCREMENT,
     began_at        INTEGER NOT NULL,
     ended_at        INTEGER,
     channels_missed INTEGER NOT NULL,
     messages_missed INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE backfill (
     channel_id TEXT PRIMARY KEY,
     gap        INTEGER NOT NULL,
     after_id   TEXT NOT NULL,
     pages      INTEGER NOT NULL,
     attempts   INTEGER NOT NULL,
     due_at     INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE owner_news (
     news     INTEGER PRIMARY KEY AUTOINCREMENT,
     about    TEXT NOT NULL UNIQUE,
     body     TEXT NOT NULL,
     attempts INTEGER NOT NULL,
     due_at   INTEGER NOT NULL
   ) STRICT;`,
];
