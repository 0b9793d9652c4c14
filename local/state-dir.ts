/** The folder of all laptop state: private to its owner, used by one running assistant at a time. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "./file-lock.ts";
import { type LocalSecrets, openLocalSecrets } from "./local-secrets.ts";
import { readRunFile, removeRunFile } from "./run-file.ts";

export type StateDir = {
  readonly path: string;
  readonly secrets: LocalSecrets;
  /** Forgets the run and gives the folder free. */
  close(): void;
};

/** A predecessor whose npm was killed is gone by then (`start.ts`); a living one keeps its lock. */
const LOCK_WAIT_MS = 600;

/** Makes or opens the folder at the absolute `path`. Throws an error of one line if it cannot be used. */
export async function openStateDir(path: string): Promise<StateDir> {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  const lock = await takeFileLock(join(path, "instance.lock"), LOCK_WAIT_MS);
  if (!lock) {
    const run = readRunFile(path);
    const who = run === null ? "another process" : `process ${run.pid} (${run.url})`;
    throw new Error(`already running: ${who} uses ${path}; stop it, or set AGENT_CLAW_STATE_DIR`);
  }
  removeRunFile(path);
  const close = () => {
    removeRunFile(path);
    lock.release();
  };
  try {
    return { path, secrets: openLocalSecrets(path), close };
  } catch (error) {
    close();
    throw error;
  }
}
