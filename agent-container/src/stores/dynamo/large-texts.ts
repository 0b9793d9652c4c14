/** Texts of any size in items: one that is too large for an item goes to blobs, and the item names them. */
import * as v from "valibot";
import { WORKSPACE_BOUNDS } from "../../../../protocol/bounds.ts";
import { StorageError } from "../../../../protocol/errors.ts";
import { count } from "../../../../protocol/schema.ts";
import { mapLimited } from "../../agent/attachments/map-limited.ts";
import type { BlobStore } from "../../workspace/blob-store.ts";
import { entryOf, type FileEntry } from "../../workspace/manifest.ts";
import type { Tree } from "../../workspace/path.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { type Item, type NewItem, optionalText, readText, text } from "./item.ts";

const blobList = v.array(v.object({ hash: v.string(), bytes: count }));

/** Texts among the contents of one tree: whoever may read that tree can read them. */
export class LargeTexts {
  readonly #blobs: BlobStore;
  readonly #tree: Tree;

  constructor(blobs: BlobStore, tree: Tree) {
    this.#blobs = blobs;
    this.#tree = tree;
  }

  /**
   * The attributes of an item that holds the text. Blobs are stored before anything can name them, and only once
   * `assertHeld` has found that the turn may still write: nothing that a passed one says comes to lie there again.
   */
  async seal(body: string, assertHeld: () => Promise<void>): Promise<NewItem> {
    // No character takes more than three bytes, so most texts need not be measured.
    const isShort = body.length * 3 <= WORKSPACE_BOUNDS.entryMaxBytes;
    if (isShort || Buffer.byteLength(body) <= WORKSPACE_BOUNDS.entryMaxBytes) return { body: text(body) };
    return { blobs: text(await this.store(body, assertHeld)) };
  }

  /** Stores a text of any size as blobs, and returns what they are, as JSON. */
  async store(body: string, assertHeld: () => Promise<void>): Promise<string> {
    await assertHeld();
    const bytes = new TextEncoder().encode(body);
    const stored: FileEntry[] = [];
    for (let at = 0; at < bytes.byteLength; at += TABLE_BOUNDS.blobMaxBytes) {
      const part = bytes.slice(at, at + TABLE_BOUNDS.blobMaxBytes);
      const entry = entryOf(part);
      await this.#blobs.put(this.#tree, entry, part);
      stored.push(entry);
    }
    return JSON.stringify(stored);
  }

  /** The text that `seal` has put away. Throws `StorageError`. */
  async open(item: Item): Promise<string> {
    const blobs = optionalText(item, "blobs");
    return blobs === undefined ? readText(item, "body") : this.load(blobs);
  }

  /** The texts of several items, in their order. */
  openAll(items: readonly Item[]): Promise<readonly string[]> {
    return mapLimited(TABLE_BOUNDS.blobsAtOnceMax, items, (item) => this.open(item));
  }

  /** What `store` has stored. */
  async load(blobs: string): Promise<string> {
    const listed = v.safeParse(v.pipe(v.string(), v.parseJson(), blobList), blobs);
    if (!listed.success) throw new StorageError("storage_damaged", "an item of the table names no blobs");
    const parts: Uint8Array[] = [];
    for (const entry of listed.output) parts.push(await this.#blobs.get(this.#tree, entry));
    return new TextDecoder().decode(Buffer.concat(parts));
  }
}
