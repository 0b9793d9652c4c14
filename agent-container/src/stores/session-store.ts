/**
 * The session store: pi's SQLite backend in the space's database, with our fence checked inside every commit. One
 * session holds the transcript of one epoch of a conversation and, in it, the ledger of its turns.
 */
import type { DatabaseSync } from "node:sqlite";
import { BACKGROUND_CONTEXT, type SessionMetadata, type Storage } from "@earendil-works/pi-agent-core";
import {
  type SqliteDatabase,
  SqliteSessionRepo,
  SqliteStorage,
  wrapNodeSqliteDatabase,
} from "@earendil-works/pi-session-backend-sqlite-node";
import { failIfArmed } from "../../../fail-points/fail-point.ts";
import { StorageError } from "../../../protocol/errors.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import { checkFence } from "./fence.ts";
import { newerSchema } from "./newer-schema.ts";
import type { OpenTranscript, Transcript, Writer } from "./space-store.ts";

export type SessionTarget = Transcript & Writer & { readonly db: DatabaseSync; readonly path: string };

/** Names the transcript of one epoch in pi's tables. */
function sessionIdOf(conversation: ConversationKey, epoch: number): string {
  return `${conversation}#${String(epoch)}`;
}

/** Pi's storage over an open database; each commit throws `storage_fence_lost` once a later fence was raised. */
export function createSessionStorage(target: SessionTarget): Storage {
  return new ReadableStorage(
    new SqliteStorage(fencedDatabase(target), { sessionId: sessionIdOf(target.conversation, target.epoch) }),
  );
}

/**
 * Opens the transcript of an epoch, creating it when absent. Throws `storage_schema_newer` for a database of a later
 * release. Closing it leaves the database open.
 */
export async function openTranscript(target: SessionTarget): Promise<OpenTranscript> {
  const metadata = await sessionMetadata(target);
  const nextSeq = storedNextSeq(target);
  if (nextSeq === undefined) throw new StorageError("storage_unavailable", "the conversation is no longer stored");
  return { metadata, storage: createSessionStorage(target), nextSeq };
}

/** Tells whether the epoch has a transcript, without creating one. */
export function hasSession(target: Pick<SessionTarget, "db" | "conversation" | "epoch">): boolean {
  if (!hasTables(target.db)) return false;
  const id = sessionIdOf(target.conversation, target.epoch);
  return target.db.prepare("SELECT 1 FROM sessions WHERE id = ?").get(id) !== undefined;
}

/** Removes the transcripts of all epochs of a conversation. */
export async function deleteTranscripts(
  { db, path }: Pick<SessionTarget, "db" | "path">,
  conversation: ConversationKey,
): Promise<void> {
  if (!hasTables(db)) return;
  const prefix = `${conversation}#`;
  const rows = db.prepare("SELECT id FROM sessions WHERE substr(id, 1, ?) = ?").all(prefix.length, prefix);
  const repo = repoOf(keptOpen(wrapNodeSqliteDatabase(db)), path);
  for (const { id } of rows) {
    if (typeof id === "string") await repo.delete(metadataOf(id, path), BACKGROUND_CONTEXT);
  }
}

/** How many transcripts a database has: one for each epoch of each conversation. */
export function countSessions(db: DatabaseSync): number {
  const count = hasTables(db) ? db.prepare("SELECT count(*) AS count FROM sessions").get()?.["count"] : 0;
  return typeof count === "number" ? count : 0;
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sessions'").get() !== undefined;
}

async function sessionMetadata(target: SessionTarget): Promise<SessionMetadata> {
  const id = sessionIdOf(target.conversation, target.epoch);
  const repo = repoOf(fencedDatabase(target), target.path);
  const session = hasSession(target)
    ? await repo.open(metadataOf(id, target.path), BACKGROUND_CONTEXT).catch(refuseNewer)
    : await repo.create({ id }, BACKGROUND_CONTEXT);
  await session.close(BACKGROUND_CONTEXT);
  return session.metadata;
}

/** Pi's repository over an open database. */
function repoOf(database: SqliteDatabase, path: string): SqliteSessionRepo {
  const open = () => Promise.resolve(database);
  return new SqliteSessionRepo({
    directory: "",
    databasePath: path,
    databaseFactory: { open, openExisting: open, openReadOnly: open },
  });
}

/** By which pi finds a session again. */
function metadataOf(id: string, path: string) {
  return { id, path, createdAt: 0, storageVersion: 0 };
}

function refuseNewer(error: unknown): never {
  if (error instanceof Error && error.message.includes("is newer than")) {
    throw newerSchema("This conversation", { cause: error });
  }
  throw error;
}

/** The connection is not pi's to close. */
function keptOpen(database: SqliteDatabase): SqliteDatabase {
  return {
    exec: (sql) => {
      database.exec(sql);
    },
    prepare: (sql) => database.prepare(sql),
    transaction: (work) => database.transaction(work),
    close: () => undefined,
  };
}

/** Pi writes only through `transaction`, so this one wrapper guards all of it. */
function fencedDatabase(target: SessionTarget): SqliteDatabase {
  const database = wrapNodeSqliteDatabase(target.db);
  return {
    ...keptOpen(database),
    transaction: (work) =>
      database.transaction(() => {
        checkFence(target.db, target.conversation, target.fence());
        checkNextSeq(target);
        const result = work();
        FAIL_POINTS && failIfArmed("store.write");
        return result;
      }),
  };
}

/** Throws if somebody else has written since the writer last looked. */
function checkNextSeq(target: SessionTarget): void {
  const expected = target.nextSeq?.() ?? null;
  if (expected === null || storedNextSeq(target) === expected) return;
  throw new StorageError("storage_unavailable", "somebody else has written to this conversation");
}

function storedNextSeq({ db, conversation, epoch }: SessionTarget): number | undefined {
  const row = db.prepare("SELECT next_seq FROM sessions WHERE id = ?").get(sessionIdOf(conversation, epoch));
  const nextSeq = row?.["next_seq"];
  return typeof nextSeq === "number" ? nextSeq : undefined;
}

/** Pi keeps JSON; a row that is none would break every turn of the conversation without saying what helps. */
class ReadableStorage implements Storage {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  commit: Storage["commit"] = (...args) => this.#storage.commit(...args);
  getEntries: Storage["getEntries"] = (...args) => readable(() => this.#storage.getEntries(...args));
  getValue: Storage["getValue"] = (...args) => readable(() => this.#storage.getValue(...args));
  scanValues: Storage["scanValues"] = (...args) => readable(() => this.#storage.scanValues(...args));
  readList: Storage["readList"] = (...args) => readable(() => this.#storage.readList(...args));
  scanBranch: Storage["scanBranch"] = (...args) => readable(() => this.#storage.scanBranch(...args));
  scanBranchStructure: Storage["scanBranchStructure"] = (...args) =>
    readable(() => this.#storage.scanBranchStructure(...args));
  scanEntries: Storage["scanEntries"] = (...args) => readable(() => this.#storage.scanEntries(...args));
  scanUsage: Storage["scanUsage"] = (...args) => readable(() => this.#storage.scanUsage(...args));
  getStats: Storage["getStats"] = (...args) => readable(() => this.#storage.getStats(...args));

  close: Storage["close"] = (...args) => this.#storage.close(...args);
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = "What was said here before is damaged and cannot be read. Send /new to begin a fresh conversation.";
    throw new StorageError("storage_damaged", message, { cause: error });
  }
}
