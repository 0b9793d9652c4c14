/**
 * A lock that is the kernel's: a write lock which SQLite takes on a file. It ends with its process however that dies,
 * so no file can be stale, and no reused process id can be mistaken for the holder.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";

export type FileLock = { release(): void };

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy */
const BUSY = 5;
const TRY_EVERY_MS = 20;

/** Takes the lock at `path`, or returns null when it could not be had for `waitMs`. Throws if it cannot be written. */
export async function takeFileLock(path: string, waitMs: number): Promise<FileLock | null> {
  const database = new DatabaseSync(path, { timeout: 0 });
  for (const until = Date.now() + waitMs; ; await pause(TRY_EVERY_MS)) {
    try {
      database.exec("BEGIN EXCLUSIVE");
      return { release: () => database.close() };
    } catch (error) {
      const isBusy = error instanceof Error && "errcode" in error && error.errcode === BUSY;
      if (isBusy && Date.now() < until) continue;
      database.close();
      if (isBusy) return null;
      throw error;
    }
  }
}
