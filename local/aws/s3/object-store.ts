/**
 * Objects on the laptop's disk. One file per object: a line of JSON about it, then its bytes. A write goes to a file
 * of its own, is flushed (`fdatasync`) and then renamed, so that a key has its old content or its new one, whole, also
 * after a power failure; the folder itself is not flushed, so the last moment's writes may then be the old ones. A
 * versioned bucket (`KeptVersions`) keeps what was there before.
 */
import { createHash, randomUUID } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { keyOf, pathOf } from "./key-path.ts";
import { KeptVersions, NULL_VERSION } from "./kept-versions.ts";
import {
  absent,
  formatFile,
  inFolder,
  type ObjectFacts,
  readHead,
  readObject,
  type StoredObject,
} from "./object-file.ts";

export type NewObject = {
  readonly content: Buffer;
  readonly contentType: string;
  /** `x-amz-meta-*`, names without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** What a deletion left or took: the marker that it made, or the version that it was for. */
export type Deletion = { readonly versionId: string; readonly isMarker: boolean };

const MARKER = { etag: "", contentType: "", bytes: 0, metadata: {}, isMarker: true } as const;

export class ObjectStore {
  readonly #root: string;
  readonly #incoming: string;
  readonly #kept: KeptVersions;
  /** Whether the bucket is versioned. */
  readonly keepsVersions: boolean;
  /** The last write of each key that is being written: a condition and its write are one step. */
  readonly #writes = new Map<string, Promise<unknown>>();

  constructor(root: string, keepsVersions = false) {
    this.#root = join(root, "objects");
    this.#incoming = join(root, "incoming");
    this.#kept = new KeptVersions(join(root, "versions"));
    this.keepsVersions = keepsVersions;
  }

  /**
   * Stores an object if `condition` holds for what is there now; null when it does not.
   * The key must have a path (`pathOf`); throws when the disk does.
   */
  async put(
    key: string,
    object: NewObject,
    condition: (now: ObjectFacts | null) => boolean,
  ): Promise<ObjectFacts | null> {
    const etag = `"${createHash("md5").update(object.content).digest("hex")}"`;
    const { content, contentType, metadata } = object;
    const versionId = this.keepsVersions ? this.#kept.nextId() : NULL_VERSION;
    const facts = { etag, contentType, bytes: content.byteLength, modifiedAt: Date.now(), metadata };
    const stored = { ...facts, versionId, isMarker: false };
    const temporary = await this.#write(formatFile(stored, content));
    return this.#oneAtATime(key, async () => {
      const now = await this.head(key);
      if (!condition(now)) {
        await rm(temporary);
        return null;
      }
      const path = this.#path(key);
      if (now !== null && this.keepsVersions) await this.#kept.keep(key, now.versionId, path);
      await inFolder(dirname(path), () => rename(temporary, path));
      return stored;
    });
  }

  async get(key: string): Promise<StoredObject | null> {
    return readObject(this.#path(key));
  }

  async head(key: string): Promise<ObjectFacts | null> {
    return readHead(this.#path(key));
  }

  /** One version, which may be a marker. */
  async getVersion(key: string, versionId: string): Promise<StoredObject | null> {
    const now = await this.get(key);
    if (now?.facts.versionId === versionId) return now;
    const path = this.#kept.path(key, versionId);
    return path === null ? null : readObject(path);
  }

  /** All that is kept of a key, newest first: the first is what is there now. */
  async versionsOf(key: string): Promise<readonly ObjectFacts[]> {
    const now = await this.head(key);
    const versions = now === null ? [] : [now];
    for (const id of await this.#kept.idsOf(key)) {
      const path = this.#kept.path(key, id);
      const kept = path === null || id === now?.versionId ? null : await readHead(path);
      if (kept) versions.push(kept); // else removed meanwhile
    }
    return versions;
  }

  /** Deleting what is not there is no failure, and leaves a marker all the same where versions are kept. */
  async delete(key: string): Promise<Deletion | null> {
    return this.#oneAtATime(key, async () => {
      const path = this.#path(key);
      if (this.keepsVersions) {
        const now = await this.head(key);
        if (now !== null) await this.#kept.keep(key, now.versionId, path);
        const marker = { ...MARKER, modifiedAt: Date.now(), versionId: this.#kept.nextId() };
        await this.#kept.take(key, marker.versionId, await this.#write(formatFile(marker, Buffer.alloc(0))));
        await rm(path, { force: true });
        return marker;
      }
      await rm(path, { force: true });
      return null;
    });
  }

  /** Removes one version for good; the one before it is then what is there. Without such a version nothing changes. */
  async deleteVersion(key: string, versionId: string): Promise<Deletion> {
    return this.#oneAtATime(key, async () => {
      const path = this.#path(key);
      const isMarker = (await this.getVersion(key, versionId))?.facts.isMarker === true;
      await this.#kept.remove(key, versionId);
      if ((await this.head(key))?.versionId === versionId) await rm(path);
      const [newest] = await this.versionsOf(key);
      const kept = newest?.isMarker === false ? this.#kept.path(key, newest.versionId) : null;
      if (kept !== null && (await readHead(path)) === null) await inFolder(dirname(path), () => rename(kept, path));
      return { versionId, isMarker };
    });
  }

  /** All keys that begin with `prefix`, in S3's order: by their UTF-8 bytes. */
  async keys(prefix: string): Promise<readonly string[]> {
    return inOrder(await this.#keysBelow(folderOf(prefix)), prefix);
  }

  /** The keys of which there is any version. */
  async versionedKeys(prefix: string): Promise<readonly string[]> {
    const folder = folderOf(prefix);
    return inOrder([...(await this.#keysBelow(folder)), ...(await this.#kept.keysBelow(folder))], prefix);
  }

  async #keysBelow(folder: string): Promise<readonly string[]> {
    const top = pathOf(`${folder}x`);
    if (top === null) return [];
    const names = await readdir(dirname(join(this.#root, top)), { recursive: true, withFileTypes: true }).catch(absent);
    return (names ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) => keyOf(join(entry.parentPath, entry.name).slice(this.#root.length + 1)));
  }

  async #write(bytes: Buffer): Promise<string> {
    const path = join(this.#incoming, randomUUID());
    const file = await inFolder(this.#incoming, () => open(path, "wx", 0o600));
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    return path;
  }

  async #oneAtATime<T>(key: string, step: () => Promise<T>): Promise<T> {
    const before = this.#writes.get(key) ?? Promise.resolve();
    const mine = before.then(step, step);
    this.#writes.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#writes.get(key) === mine) this.#writes.delete(key);
    }
  }

  #path(key: string): string {
    const path = pathOf(key);
    if (path === null) throw new Error("the key has no path");
    return join(this.#root, path);
  }
}

function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf("/") + 1);
}

function inOrder(keys: readonly string[], prefix: string): readonly string[] {
  const wanted = [...new Set(keys)].filter((key) => key.startsWith(prefix));
  return wanted.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}
