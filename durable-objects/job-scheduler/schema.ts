/** Tables of `JobScheduler`; docs/storage-schema.md explains every column. */

export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE identity (agent TEXT NOT NULL) STRICT;

   CREATE TABLE jobs (
     job        TEXT PRIMARY KEY,
     record     TEXT NOT NULL,
     state      TEXT NOT NULL,
     next_at    INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX jobs_due ON jobs (next_at) WHERE next_at IS NOT NULL;

   CREATE TABLE runs (
     seq          INTEGER PRIMARY KEY AUTOINCREMENT,
     run          TEXT NOT NULL UNIQUE,
     job          TEXT NOT NULL,
     kind         TEXT NOT NULL,
     slot         INTEGER NOT NULL,
     phase        TEXT NOT NULL,
     due_at       INTEGER,
     attempt      INTEGER NOT NULL,
     plan         TEXT NOT NULL,
     started_at   INTEGER,
     ended_at     INTEGER,
     status       TEXT,
     error        TEXT,
     summary      TEXT,
     usage        TEXT,
     conversation TEXT NOT NULL,
     delivery     TEXT NOT NULL,
     has_transcript INTEGER NOT NULL DEFAULT 0,
     removed_by   TEXT,
     watched_ms   INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX runs_open ON runs (due_at) WHERE phase <> 'ended';
   CREATE INDEX runs_of_job ON runs (job, seq);
   CREATE INDEX runs_forgettable ON runs (seq) WHERE phase = 'ended' AND has_transcript = 0;
   CREATE INDEX runs_transcripts ON runs (seq) WHERE has_transcript = 1;
   CREATE INDEX runs_removing ON runs (removed_by) WHERE removed_by IS NOT NULL;

   CREATE TABLE deliveries (
     delivery TEXT PRIMARY KEY,
     run      TEXT,
     session  TEXT,
     content  TEXT NOT NULL,
     phase    TEXT NOT NULL,
     attempts INTEGER NOT NULL,
     due_at   INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX deliveries_due ON deliveries (due_at);

   CREATE TABLE calls (
     seq     INTEGER PRIMARY KEY AUTOINCREMENT,
     call    TEXT NOT NULL UNIQUE,
     turn_id TEXT NOT NULL,
     digest  TEXT NOT NULL,
     reply   TEXT NOT NULL,
     at      INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX calls_of_turn ON calls (turn_id);

   CREATE TABLE hook_keys (
     seq    INTEGER PRIMARY KEY AUTOINCREMENT,
     key    TEXT NOT NULL UNIQUE,
     digest TEXT NOT NULL,
     runs   TEXT NOT NULL,
     at     INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE events (
     seq        INTEGER PRIMARY KEY AUTOINCREMENT,
     text       TEXT NOT NULL,
     is_trusted INTEGER NOT NULL,
     at         INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE heartbeat (
     id    INTEGER PRIMARY KEY CHECK (id = 1),
     state TEXT NOT NULL
   ) STRICT;
   CREATE TABLE beats (
     slot      INTEGER PRIMARY KEY,
     outcome   TEXT NOT NULL,
     run       TEXT,
     events_to INTEGER,
     at        INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX beats_run ON beats (run) WHERE run IS NOT NULL;`,
];
