/**
 * What a versioned bucket keeps of its keys beside what is there now: older contents and delete markers, one file each,
 * named by version id in a folder of its key. Ids rise with time, so their order is the order of the versions.
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { keyOf, pathOf } from "./key-path.ts";

/** The id of an object that was written while the bucket kept no versions. */
export const NULL_VERSION = "null";

/** Ends the name of a key's folder; no path of a key holds it. */
const FOLDER_MARK = "@";
const VERSION_ID = /^[a-z0-9]{1,64}$/;

export class KeptVersions {
  readonly #root: string;
  #lastMs = 0;
  #count = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** The file of a version; null for an id that no version has. */
  path(key: string, versionId: string): string | null {
    const path = pathOf(key);
    return path === null || !isVersionId(versionId) ? null : join(this.#root, `${path}${FOLDER_MARK}`, versionId);
  }

  /** Keeps a second name of `file`, so that what was there is there at every moment. Twice does it once. */
  async keep(key: string, versionId: string, file: string): Promise<void> {
    const path = await this.#prepared(key, versionId);
    await link(file, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }

  /** Takes over `file`. */
  async take(key: string, versionId: string, file: string): Promise<void> {
    await rename(file, await this.#prepared(key, versionId));
  }

  /** Removing what is not there is no failure. */
  async remove(key: string, versionId: string): Promise<void> {
    const path = this.path(key, versionId);
    if (path !== null) await rm(path, { force: true });
  }

  /** The ids that are kept of a key, newest first. */
  async idsOf(key: string): Promise<readonly string[]> {
    const path = this.path(key, NULL_VERSION);
    const names = path === null ? [] : await readdir(dirname(path)).catch(none);
    return names.sort(compareNewestFirst);
  }

  /** The keys below `folder` (it ends in "/", or is empty) of which anything is kept, in no order. */
  async keysBelow(folder: string): Promise<readonly string[]> {
    const top = pathOf(`${folder}x`);
    if (top === null) return [];
    const entries = await readdir(dirname(join(this.#root, top)), { recursive: true, withFileTypes: true }).catch(none);
    const folders = entries.filter((entry) => entry.isFile()).map((entry) => entry.parentPath);
    return [...new Set(folders)].map((path) => keyOf(path.slice(this.#root.length + 1, -FOLDER_MARK.length)));
  }

  /** Higher than all before, also if the clock is set back while this runs. */
  nextId(): string {
    const now = Date.now();
    this.#count = now > this.#lastMs ? 0 : this.#count + 1;
    this.#lastMs = Math.max(now, this.#lastMs);
    const time = this.#lastMs.toString(36).padStart(9, "0");
    return `${time}${this.#count.toString(36).padStart(4, "0")}${randomBytes(8).toString("hex")}`;
  }

  async #prepared(key: string, versionId: string): Promise<string> {
    const path = this.path(key, versionId);
    if (path === null) throw new Error("the version has no path");
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return path;
  }
}

/** Whether a version could be called so. */
export function isVersionId(text: string): boolean {
  return VERSION_ID.test(text);
}

/** What was there before versions were kept is the oldest. */
export function compareNewestFirst(left: string, right: string): number {
  if (left === right) return 0;
  if (left === NULL_VERSION || right === NULL_VERSION) return left === NULL_VERSION ? 1 : -1;
  return left < right ? 1 : -1;
}

function none(error: NodeJS.ErrnoException): never[] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw error;
}
