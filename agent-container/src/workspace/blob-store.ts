/**
 * File contents in S3, addressed by their hash. A blob never changes, so writing one twice is harmless; what this
 * process knows to be stored is not sent again.
 */
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import { StorageError } from "../../../protocol/errors.ts";
import { type SpaceId, spaceFolder } from "../../../protocol/space.ts";
import { EMPTY_HASH, entryOf, type FileEntry } from "./manifest.ts";
import type { Tree } from "./path.ts";
import { type Bytes, createS3Client, type S3Grant } from "./s3-client.ts";

/** Hashes remembered as stored; the oldest are forgotten first. */
const KNOWN_MAX = 8_192;

/** Contents of one space and of the tree that all spaces of its agent share. */
export interface BlobStore {
  /** Reads a content and checks it against its hash. Throws `StorageError`, also when it is absent. */
  get(tree: Tree, entry: FileEntry): Promise<Bytes>;
  /** Stores a content under its hash; idempotent. Throws `StorageError`. */
  put(tree: Tree, entry: FileEntry, content: Bytes): Promise<void>;
}

/** Whose objects they are. */
export type BlobOwner = { readonly agent: string; readonly space: SpaceId };

/** Keys, with endpoint and bucket, of blobs that are in the store. Outlives a turn and its credentials. */
const known = new Set<string>();

/** A store under `<agent>/<space>/blobs/` and `<agent>/shared/blobs/`. `grantNow` is as for the client. */
export function createBlobStore(grantNow: () => S3Grant, owner: BlobOwner): BlobStore {
  const s3 = createS3Client(grantNow);
  const blobUrl = (tree: Tree, hash: string) =>
    s3.urlOf(`${owner.agent}/${tree === "shared" ? "shared" : spaceFolder(owner.space)}/blobs/${hash}`);
  return {
    async get(tree, entry) {
      const url = blobUrl(tree, entry.hash);
      const bytesMax = WORKSPACE_BOUNDS.fileMaxBytes;
      const content = await s3.send({ method: "GET", url, contentHash: EMPTY_HASH, bytesMax });
      const found = entryOf(content);
      if (found.hash !== entry.hash) throw new StorageError("storage_unavailable", `blob ${entry.hash} is damaged`);
      remember(url);
      return content;
    },
    async put(tree, entry, content) {
      const url = blobUrl(tree, entry.hash);
      if (known.has(url)) return;
      await s3.send({ method: "PUT", url, contentHash: entry.hash, body: content });
      remember(url);
    },
  };
}

/** Forgets which blobs below an address are stored: they are no longer. */
export function forgetKnown(address: string): void {
  for (const url of known) if (url.startsWith(address)) known.delete(url);
}

function remember(url: string): void {
  known.delete(url);
  known.add(url);
  const [oldest] = known;
  if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
}
