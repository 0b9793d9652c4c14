/** The files that came with messages, as the edge stored them in S3: by name, and never written by the agent. */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { StorageError } from "../../../protocol/errors.ts";
import { spaceFolder } from "../../../protocol/space.ts";
import type { BlobOwner } from "./blob-store.ts";
import { EMPTY_HASH } from "./manifest.ts";
import { type Bytes, createS3Client, type S3Grant } from "./s3-client.ts";

export interface AttachmentStore {
  /** Tells one attachment from every other one, those of other spaces included. */
  addressOf(name: string): string;
  /** Throws `StorageError`: it is absent, larger than an attachment can be, or cannot be fetched now. */
  read(name: string, signal: AbortSignal): Promise<Bytes>;
}

/** A store under `<agent>/<space>/attachments/`. `grantNow` is as for the client. */
export function createAttachmentStore(grantNow: () => S3Grant, owner: BlobOwner): AttachmentStore {
  const s3 = createS3Client(grantNow);
  const addressOf = (name: string) => s3.urlOf(`${owner.agent}/${spaceFolder(owner.space)}/attachments/${name}`);
  return {
    addressOf,
    read: async (name, signal) => {
      // In an address these two would be the folder and the one above it.
      if (name === "." || name === "..") throw new StorageError("storage_unavailable", "an attachment without a name");
      const bytesMax = INBOUND_BOUNDS.attachmentMaxBytes;
      return s3.send({ method: "GET", url: addressOf(name), contentHash: EMPTY_HASH, bytesMax, signal });
    },
  };
}
