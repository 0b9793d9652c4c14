/** The folder of all laptop state: private to its owner, used by one running assistant at a time. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { takeFileLock } from "./file-lock.ts";
import { type LocalSecrets, openLocalSecrets, SECRETS_FILE } from "./local-secrets.ts";
import { readRunFile, removeRunFile } from "./run-file.ts";
import { findNewerState, noteSchemas } from "./state-version.ts";

export type StateDir = {
  readonly path: string;
  readonly secrets: LocalSecrets;
  /** Forgets the run and gives the folder free. */
  close(): void;
};

/** A predecessor whose npm was killed is gone by then (`start.ts`); a living one keeps its lock. */
const LOCK_WAIT_MS = 600;
/** Made before anything else, so that one that is still starting, or was ended then, is known too. */
const LOCK_FILE = "instance.lock";
/** What `npm run deploy` remembers of deployments; it may be here before the first `npm start`. */
export const DEPLOYMENTS_FOLDER = "deployments";

/** Makes or opens the folder at the absolute `path`. Throws an error of one line if it cannot be used. */
export async function openStateDir(path: string): Promise<StateDir> {
  makeFolder(path);
  checkIsOurs(path);
  const lock = await takeFileLock(join(path, LOCK_FILE), LOCK_WAIT_MS);
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
    const newer = findNewerState(path);
    if (newer !== null) throw new Error(newer);
    noteSchemas(path);
    return { path, secrets: openLocalSecrets(path), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Makes the folder, for its owner only. One that is there keeps its mode: it may be shared with other things. */
function makeFolder(path: string): void {
  try {
    makeFolders(path);
    if (!statSync(path).isDirectory()) throw Object.assign(new Error("a file"), { code: "ENOTDIR" });
    accessSync(path, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    throw new Error(`AGENT_CLAW_STATE_DIR: ${path} cannot be made or used (${code}); name another folder`);
  }
}

/** Parts of the assistant empty folders of their own in here: it must not be a folder that is used for something else. */
function checkIsOurs(path: string): void {
  const names = readdirSync(path).filter((name) => name !== DEPLOYMENTS_FOLDER);
  if (names.length === 0 || names.includes(SECRETS_FILE) || names.includes(LOCK_FILE)) return;
  throw new Error(`AGENT_CLAW_STATE_DIR: ${path} holds other things; name an empty folder or a new one`);
}

/** Folder by folder: where none can be made (`/proc`, `/dev/null`), Node's own `recursive` never comes back. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}
