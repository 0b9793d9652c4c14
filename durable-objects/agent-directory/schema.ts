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
  // Dead letters of all sessions, and what the owner is still to be told of them.
  `CREATE TABLE dead_letters (
     session    TEXT NOT NULL,
     seq        INTEGER NOT NULL,
     inbound_id TEXT NOT NULL,
     turn_id    TEXT,
     part       INTEGER NOT NULL,
     parts      INTEGER NOT NULL,
     reason     TEXT NOT NULL,
     dead_at    INTEGER NOT NULL,
     notice     INTEGER,
     PRIMARY KEY (session, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX dead_letters_age ON dead_letters (dead_at);
   CREATE INDEX dead_letters_untold ON dead_letters (dead_at) WHERE notice IS NULL;

   CREATE TABLE owner_notices (
     notice  INTEGER PRIMARY KEY AUTOINCREMENT,
     target  TEXT NOT NULL,
     body    TEXT NOT NULL,
     made_at INTEGER NOT NULL,
     told_at INTEGER
   ) STRICT;`,
  // A platform that has asked for a pause asked all sessions for it.
  `CREATE TABLE pauses (
     channel      TEXT PRIMARY KEY,
     paused_until INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // Who may speak, the codes that let somebody in, the configuration, and what sessions are still to be told.
  `CREATE TABLE people (
     person    TEXT PRIMARY KEY,
     name      TEXT NOT NULL,
     is_first  INTEGER NOT NULL,
     known_at  INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE peers (
     peer      TEXT PRIMARY KEY,
     person    TEXT NOT NULL,
     how       TEXT NOT NULL,
     session   TEXT NOT NULL,
     joined_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE codes (
     seq        INTEGER PRIMARY KEY,
     code       TEXT NOT NULL UNIQUE,
     kind       TEXT NOT NULL,
     session    TEXT NOT NULL,
     peer       TEXT,
     person     TEXT,
     name       TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE code_tries (
     kind     TEXT NOT NULL,
     place    TEXT NOT NULL,
     began_at INTEGER NOT NULL,
     wrong    INTEGER NOT NULL,
     PRIMARY KEY (kind, place)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE config_versions (
     version    INTEGER PRIMARY KEY,
     made_at    INTEGER NOT NULL,
     made_by    TEXT NOT NULL,
     note       TEXT NOT NULL,
     document   TEXT NOT NULL
   ) STRICT;

   CREATE TABLE errands (
     errand     INTEGER PRIMARY KEY AUTOINCREMENT,
     about      TEXT NOT NULL UNIQUE,
     kind       TEXT NOT NULL,
     role       TEXT,
     attempts   INTEGER NOT NULL,
     due_at     INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;`,
  // Notices that are no dead letters: what each is about, so that it is said once.
  `ALTER TABLE owner_notices ADD COLUMN about TEXT;
   CREATE UNIQUE INDEX owner_notices_about ON owner_notices (about) WHERE about IS NOT NULL;`,
  // What conversations are called and since when they go on, an import that is under way, and the titles of chats.
  `ALTER TABLE sessions ADD COLUMN title TEXT;
   ALTER TABLE lanes ADD COLUMN name TEXT;
   ALTER TABLE lanes ADD COLUMN began_at INTEGER;
   ALTER TABLE lanes ADD COLUMN active_at INTEGER;
   ALTER TABLE lanes ADD COLUMN opened_by TEXT;
   ALTER TABLE lanes ADD COLUMN import_epoch INTEGER;
   ALTER TABLE lanes ADD COLUMN import_digest TEXT;
   UPDATE lanes SET
     active_at = (SELECT max(last_at) FROM sessions WHERE sessions.conversation = lanes.conversation),
     began_at = CASE epoch
       WHEN 0 THEN (SELECT min(first_at) FROM sessions WHERE sessions.conversation = lanes.conversation) END;`,
  // The key of the tokens by which turns call the edge, and whether the owner's checklist asks for anything.
  `CREATE TABLE rpc_key (
     id      INTEGER PRIMARY KEY CHECK (id = 1),
     key     BLOB NOT NULL,
     made_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE checklist (
     id   INTEGER PRIMARY KEY CHECK (id = 1),
     hash TEXT,
     at   INTEGER NOT NULL
   ) STRICT;`,
  // What was used, what may be used beyond the limits, what is held for turns that run, and who waits for some.
  `CREATE TABLE spend (
     day       TEXT NOT NULL,
     payer     TEXT NOT NULL,
     kind      TEXT NOT NULL,
     model     TEXT NOT NULL,
     calls     INTEGER NOT NULL,
     tokens    INTEGER NOT NULL,
     micro_usd INTEGER NOT NULL,
     PRIMARY KEY (day, payer, kind, model)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE budget_sums (
     key            TEXT PRIMARY KEY,
     calls          INTEGER NOT NULL,
     tokens         INTEGER NOT NULL,
     micro_usd      INTEGER NOT NULL,
     more_tokens    INTEGER NOT NULL,
     more_micro_usd INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE turn_spend (
     turn_id    TEXT NOT NULL,
     model      TEXT NOT NULL,
     calls      INTEGER NOT NULL,
     tokens     INTEGER NOT NULL,
     micro_usd  INTEGER NOT NULL,
     settled_at INTEGER NOT NULL,
     PRIMARY KEY (turn_id, model)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX turn_spend_age ON turn_spend (settled_at);
   CREATE TABLE reservations (
     turn_id      TEXT PRIMARY KEY,
     conversation TEXT NOT NULL,
     payer        TEXT NOT NULL,
     micro_usd    INTEGER,
     tokens       INTEGER,
     lease_until  INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE budget_waiting (
     seq      INTEGER PRIMARY KEY,
     session  TEXT NOT NULL UNIQUE,
     why      TEXT NOT NULL,
     attempts INTEGER NOT NULL,
     due_at   INTEGER
   ) STRICT;
   CREATE TABLE budget_offers (
     offer      TEXT PRIMARY KEY,
     about      TEXT NOT NULL,
     payer      TEXT NOT NULL,
     micro_usd  INTEGER NOT NULL,
     tokens     INTEGER NOT NULL,
     taken_by   TEXT,
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];
