/** All objects of a space in S3, whatever wrote them: blobs and attachments. Here they can only be removed. */
import { StorageError } from "../../../protocol/errors.ts";
import { spaceFolder } from "../../../protocol/space.ts";
import type { BlobOwner } from "./blob-store.ts";
import { EMPTY_HASH, sha256 } from "./manifest.ts";
import { createS3Client, type S3Grant } from "./s3-client.ts";

const DELETION_BOUNDS = {
  /** Keys of one page and of one order to delete: S3's own limit. */
  keysMax: 1_000,
  /** Longest answer to either, in bytes: keys have 1,024 at most, and six times that as XML, beside some facts. */
  answerMaxBytes: 8_388_608,
  /** Pages that are removed; a space that has more after that is being written to. */
  pagesMax: 10_000,
} as const;

/** Where the objects of a space are. */
export function spacePrefix({ agent, space }: BlobOwner): string {
  return `${agent}/${spaceFolder(space)}/`;
}

/**
 * Removes every object of the space and returns how many there were. Calls `goOn` right before each order to delete; what
 * it throws ends the work. Can be repeated. Throws `StorageError`.
 *
 * S3 cannot check a fence: an order that was sent and arrives late still removes the objects that it names. From a turn
 * that has begun since it takes at most what had the same name before, which is the same content once more.
 */
export async function deleteObjects(
  grantNow: () => S3Grant,
  owner: BlobOwner,
  goOn: () => Promise<void>,
): Promise<number> {
  const s3 = createS3Client(grantNow);
  const bucket = s3.urlOf("").replace(/\/$/, "");
  const prefix = spacePrefix(owner);
  const list = `${bucket}?list-type=2&max-keys=${String(DELETION_BOUNDS.keysMax)}&prefix=${encodeURIComponent(prefix)}`;
  const bytesMax = DELETION_BOUNDS.answerMaxBytes;
  let deleted = 0;
  for (let page = 0; page < DELETION_BOUNDS.pagesMax; page += 1) {
    const listed = textOf(await s3.send({ method: "GET", url: list, contentHash: EMPTY_HASH, bytesMax }));
    const keys = keysOf(listed);
    if (keys.length === 0) return deleted;
    if (keys.some((key) => !key.startsWith(prefix))) throw failed("listed what was not asked for");
    const body = new TextEncoder().encode(deletion(keys));
    const url = `${bucket}?delete=`;
    await goOn();
    const answer = textOf(await s3.send({ method: "POST", url, contentHash: sha256(body), body, bytesMax }));
    if (answer.includes("<Error>")) throw failed(`did not remove everything (${codeOf(answer)})`);
    deleted += keys.length;
  }
  throw failed("holds more and more files of the space");
}

/** As they stand in the XML, escaped: so they can stand in the order to delete them as well. */
function keysOf(xml: string): readonly string[] {
  return [...xml.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = ""]) => key);
}

function deletion(keys: readonly string[]): string {
  const objects = keys.map((key) => `<Object><Key>${key}</Key></Object>`);
  return `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${objects.join("")}</Delete>`;
}

function codeOf(xml: string): string {
  return /<Code>([A-Za-z]{1,60})<\/Code>/.exec(xml)?.[1] ?? "no code";
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function failed(what: string): StorageError {
  return new StorageError("storage_unavailable", `the blob store ${what}`);
}
