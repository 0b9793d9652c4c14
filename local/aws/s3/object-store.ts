/**
 * Objects on the laptop's disk. One file per object: a line of JSON about it, then its bytes. A write goes to a file
 * of its own, is flushed (`fdatasync`) and then renamed, so that a key has its old content or its new one, whole, also
 * after a power failure; the folder itself is not flushed, so the last moment's writes may then be the old ones.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { keyOf, pathOf } from "./key-path.ts";

const facts = v.object({
  etag: v.string(),
  contentType: v.string(),
  bytes: v.number(),
  modifiedAt: v.number(),
  metadata: v.record(v.string(), v.string()),
});

export type ObjectFacts = v.InferOutput<typeof facts>;
export type StoredObject = { readonly facts: ObjectFacts; readonly content: Buffer };
export type NewObject = {
  readonly content: Buffer;
  readonly contentType: string;
  /** `x-amz-meta-*`, names without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** Longest first line, in bytes: what `S3_BOUNDS` allows of metadata and content type, as JSON at its longest. */
const HEAD_MAX = 16_384;

export class ObjectStore {
  readonly #root: string;
  readonly #incoming: string;
  /** The last write of each key that is being written: a condition and its write are one step. */
  readonly #writes = new Map<string, Promise<unknown>>();

  constructor(root: string) {
    this.#root = join(root, "objects");
    this.#incoming = join(root, "incoming");
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
    const stored = { etag, contentType, bytes: content.byteLength, modifiedAt: Date.now(), metadata };
    const temporary = await this.#write(Buffer.concat([Buffer.from(`${JSON.stringify(stored)}\n`), content]));
    return this.#oneAtATime(key, async () => {
      if (!condition(await this.head(key))) {
        await rm(temporary);
        return null;
      }
      const path = this.#path(key);
      await inFolder(dirname(path), () => rename(temporary, path));
      return stored;
    });
  }

  async get(key: string): Promise<StoredObject | null> {
    const file = await readFile(this.#path(key)).catch(absent);
    if (!file) return null;
    const lineEnd = file.indexOf(0x0a);
    return { facts: readFacts(file.subarray(0, lineEnd)), content: file.subarray(lineEnd + 1) };
  }

  async head(key: string): Promise<ObjectFacts | null> {
    const file = await open(this.#path(key)).catch(absent);
    if (!file) return null;
    try {
      const start = Buffer.alloc(HEAD_MAX);
      const { bytesRead } = await file.read(start, 0, HEAD_MAX, 0);
      return readFacts(start.subarray(0, start.subarray(0, bytesRead).indexOf(0x0a)));
    } finally {
      await file.close();
    }
  }

  /** Deleting what is not there is no failure. */
  async delete(key: string): Promise<void> {
    await this.#oneAtATime(key, () => rm(this.#path(key), { force: true }));
  }

  /** All keys that begin with `prefix`, in S3's order: by their UTF-8 bytes. */
  async keys(prefix: string): Promise<readonly string[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    const top = pathOf(`${folder}x`);
    if (top === null) return [];
    const names = await readdir(dirname(join(this.#root, top)), { recursive: true, withFileTypes: true }).catch(absent);
    const keys = (names ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) => keyOf(join(entry.parentPath, entry.name).slice(this.#root.length + 1)))
      .filter((key) => key.startsWith(prefix));
    return keys.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
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

/** Does what needs the folder, making it only when it is missed: it is there nearly always. */
async function inFolder<T>(folder: string, step: () => Promise<T>): Promise<T> {
  const first = await step().catch(absent);
  if (first !== null) return first;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return step();
}

function readFacts(line: Buffer): ObjectFacts {
  return v.parse(v.pipe(v.string(), v.parseJson(), facts), line.toString());
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}
