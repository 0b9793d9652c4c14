/** Turns the hashes of a manifest into contents: those this turn made, the seeds, and the rest from the blob store. */
import type { BlobStore } from "./blob-store.ts";
import type { FileEntry, Manifest } from "./manifest.ts";
import type { Tree } from "./path.ts";
import type { Bytes } from "./s3-client.ts";
import { seedContent } from "./seeds.ts";

/** Blobs that are sent at the same time. */
const PARALLEL_MAX = 16;

type Held = { readonly tree: Tree; readonly entry: FileEntry; readonly content: Bytes };

/** The contents of one turn. */
export class Contents {
  readonly #blobs: BlobStore;
  /** Contents that are not in the blob store yet, by tree and hash. */
  readonly #held = new Map<string, Held>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** Reads a content; throws `StorageError`. */
  async get(tree: Tree, entry: FileEntry): Promise<Bytes> {
    const held = this.#held.get(heldKey(tree, entry))?.content ?? seedContent(entry.hash);
    return held ?? (await this.#blobs.get(tree, entry));
  }

  /** Keeps a content until it is stored. */
  hold(tree: Tree, entry: FileEntry, content: Bytes): void {
    this.#held.set(heldKey(tree, entry), { tree, entry, content });
  }

  /** Keeps the seeds among the files of a tree until they are stored. */
  holdSeeds(tree: Tree, files: Manifest): void {
    for (const entry of files.values()) {
      const content = seedContent(entry.hash);
      if (content !== undefined) this.hold(tree, entry, content);
    }
  }

  /** Puts everything that is held into the blob store. Throws `StorageError`; what was not stored stays held. */
  async store(): Promise<void> {
    const waiting = [...this.#held];
    const sendAll = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const [key, { tree, entry, content }] = next;
        await this.#blobs.put(tree, entry, content);
        this.#held.delete(key);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL_MAX, waiting.length) }, sendAll));
  }
}

function heldKey(tree: Tree, entry: FileEntry): string {
  return `${tree}/${entry.hash}`;
}
