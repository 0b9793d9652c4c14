/** Tables of `ChannelSession`; docs/storage-schema.md explains every column. */

export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE identity (
     session TEXT PRIMARY KEY
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE dedupe (
     key        TEXT PRIMARY KEY,
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE inbox (
     seq          INTEGER PRIMARY KEY,
     inbound_id   TEXT NOT NULL UNIQUE,
     conversation TEXT NOT NULL,
     kind         TEXT NOT NULL,
     body         TEXT NOT NULL,
     state        TEXT NOT NULL,
     turn_id      TEXT,
     reason       TEXT,
     accepted_at  INTEGER NOT NULL,
     updated_at   INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX inbox_open ON inbox (state) WHERE state IN ('accepted', 'leased', 'running');

   CREATE INDEX inbox_commands ON inbox (seq) WHERE kind = 'command' AND state = 'accepted';
   CREATE INDEX inbox_turn ON inbox (turn_id) WHERE turn_id IS NOT NULL;

   CREATE TABLE turn (
     id    INTEGER PRIMARY KEY CHECK (id = 1),
     state TEXT NOT NULL
   ) STRICT;

   CREATE TABLE turns (
     turn_id      TEXT PRIMARY KEY,
     conversation TEXT NOT NULL,
     fence        INTEGER NOT NULL,
     outcome      TEXT NOT NULL,
     usage        TEXT,
     started_at   INTEGER NOT NULL,
     ended_at     INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE outbox (
     seq         INTEGER PRIMARY KEY AUTOINCREMENT,
     turn_id     TEXT,
     part        INTEGER NOT NULL,
     parts       INTEGER NOT NULL,
     address     TEXT NOT NULL,
     markdown    TEXT NOT NULL,
     inbound_ids TEXT NOT NULL,
     state       TEXT NOT NULL,
     attempts    INTEGER NOT NULL,
     due_at      INTEGER NOT NULL,
     sent_at     INTEGER,
     receipt     TEXT,
     reason      TEXT,
     resent_after_unknown INTEGER NOT NULL,
     created_at  INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX outbox_open ON outbox (seq) WHERE state IN ('pending', 'sending', 'not_sent', 'unknown');`,
  // The ledger: when a message took each step, how often its turn ran, and who must still hear of dead letters.
  `ALTER TABLE inbox ADD COLUMN leased_at INTEGER;
   ALTER TABLE inbox ADD COLUMN begun_at INTEGER;
   ALTER TABLE inbox ADD COLUMN answered_at INTEGER;
   ALTER TABLE inbox ADD COLUMN delivered_at INTEGER;
   ALTER TABLE inbox ADD COLUMN replayed_at INTEGER;
   CREATE INDEX inbox_dead ON inbox (seq) WHERE state IN ('failed', 'dead');

   ALTER TABLE turns ADD COLUMN runs INTEGER;

   ALTER TABLE outbox ADD COLUMN replayed_at INTEGER;
   CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead';

   ALTER TABLE identity ADD COLUMN known_at INTEGER;

   CREATE TABLE report (
     id       INTEGER PRIMARY KEY CHECK (id = 1),
     due_at   INTEGER NOT NULL,
     attempts INTEGER NOT NULL
   ) STRICT;
   INSERT INTO report (id, due_at, attempts) SELECT 1, 0, 0 WHERE EXISTS (SELECT 1 FROM outbox WHERE state = 'dead');`,
  // Numbers in order of arrival: the oldest rows are found without looking at all of them, and counted without a count.
  `CREATE TABLE dedupe_numbered (
     seq        INTEGER PRIMARY KEY,
     key        TEXT NOT NULL UNIQUE,
     expires_at INTEGER NOT NULL
   ) STRICT;
   INSERT INTO dedupe_numbered (key, expires_at) SELECT key, expires_at FROM dedupe ORDER BY expires_at, key;
   DROP TABLE dedupe;
   ALTER TABLE dedupe_numbered RENAME TO dedupe;

   CREATE TABLE turns_numbered (
     seq          INTEGER PRIMARY KEY,
     turn_id      TEXT NOT NULL UNIQUE,
     conversation TEXT NOT NULL,
     fence        INTEGER NOT NULL,
     outcome      TEXT NOT NULL,
     usage        TEXT,
     started_at   INTEGER NOT NULL,
     ended_at     INTEGER NOT NULL,
     runs         INTEGER
   ) STRICT;
   INSERT INTO turns_numbered (turn_id, conversation, fence, outcome, usage, started_at, ended_at, runs)
     SELECT turn_id, conversation, fence, outcome, usage, started_at, ended_at, runs FROM turns ORDER BY ended_at;
   DROP TABLE turns;
   ALTER TABLE turns_numbered RENAME TO turns;`,
  // Groups and everything that is not a text: pieces of one message, what a chat said meanwhile, previews, files, buttons.
  `ALTER TABLE inbox ADD COLUMN assembly TEXT;
   ALTER TABLE inbox ADD COLUMN held_until INTEGER;
   CREATE INDEX inbox_held ON inbox (held_until) WHERE state = 'held';

   CREATE TABLE pieces (
     seq      INTEGER PRIMARY KEY,
     piece_id TEXT NOT NULL UNIQUE,
     whole_id TEXT NOT NULL,
     body     TEXT NOT NULL,
     kept_at  INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX pieces_whole ON pieces (whole_id);

   CREATE TABLE context (
     seq        INTEGER PRIMARY KEY,
     kind       TEXT NOT NULL,
     inbound_id TEXT,
     item       TEXT NOT NULL
   ) STRICT;

   CREATE TABLE settings (
     id           INTEGER PRIMARY KEY CHECK (id = 1),
     activation   TEXT NOT NULL,
     conversation TEXT,
     former_chats TEXT NOT NULL,
     moved_to     TEXT
   ) STRICT;

   CREATE TABLE buttons (
     id         TEXT PRIMARY KEY,
     part_seq   INTEGER NOT NULL,
     label      TEXT NOT NULL,
     value      TEXT NOT NULL,
     pressers   TEXT NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX buttons_part ON buttons (part_seq);

   ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'part';
   ALTER TABLE outbox ADD COLUMN edits INTEGER;
   ALTER TABLE outbox ADD COLUMN files TEXT;
   ALTER TABLE outbox ADD COLUMN buttons TEXT;
   CREATE INDEX outbox_preview ON outbox (turn_id) WHERE kind = 'preview';`,
  // Who may speak: the code of a stranger, what the directory said last, and what the session itself is set to.
  `CREATE TABLE pairing (
     id         INTEGER PRIMARY KEY CHECK (id = 1),
     code       TEXT NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE policy (
     id   INTEGER PRIMARY KEY CHECK (id = 1),
     body TEXT NOT NULL
   ) STRICT;

   CREATE TABLE language (
     id  INTEGER PRIMARY KEY CHECK (id = 1),
     tag TEXT NOT NULL
   ) STRICT;

   CREATE TABLE bot_turns (
     seq   INTEGER PRIMARY KEY,
     at    INTEGER NOT NULL
   ) STRICT;

   ALTER TABLE settings ADD COLUMN model TEXT;
   ALTER TABLE settings ADD COLUMN thinking TEXT;
   ALTER TABLE settings ADD COLUMN usage_footer TEXT;
   ALTER TABLE settings ADD COLUMN queue TEXT;
   ALTER TABLE buttons ADD COLUMN is_command INTEGER NOT NULL DEFAULT 0;`,
  // When a part was tried last, and since when it may have been shown.
  `ALTER TABLE outbox ADD COLUMN tried_at INTEGER;
   ALTER TABLE outbox ADD COLUMN unknown_since INTEGER;`,
  // How full the model's window was after a turn.
  "ALTER TABLE turns ADD COLUMN context TEXT;",
  // What came of background work, until the scheduler has it, what the scheduler has to say here, and what turns left of
  // the owner's checklist.
  `CREATE TABLE outcomes (
     id       TEXT PRIMARY KEY,
     body     TEXT NOT NULL,
     attempts INTEGER NOT NULL,
     due_at   INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE checklist (
     id   INTEGER PRIMARY KEY CHECK (id = 1),
     hash TEXT,
     at   INTEGER NOT NULL
   ) STRICT;
   ALTER TABLE outbox ADD COLUMN announcement TEXT;
   CREATE INDEX outbox_announcement ON outbox (announcement) WHERE announcement IS NOT NULL;`,
  // What turns have used, until the directory has it.
  `CREATE TABLE spending (
     turn_id      TEXT NOT NULL,
     model        TEXT NOT NULL,
     conversation TEXT NOT NULL,
     kind         TEXT NOT NULL,
     calls        INTEGER NOT NULL,
     tokens       INTEGER NOT NULL,
     micro_usd    INTEGER NOT NULL,
     due_at       INTEGER,
     PRIMARY KEY (turn_id, model)
   ) STRICT, WITHOUT ROWID;`,
  // In which release's runtime session a turn ran: what is still to be ended is there.
  "ALTER TABLE turns ADD COLUMN release TEXT;",
];
