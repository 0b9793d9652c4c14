/**
 * All objects of a space in S3, whatever wrote them: blobs and attachments. Here they can only be removed, with every
 * version and delete marker of theirs: a deployed bucket keeps what was overwritten or deleted.
 */
import { StorageError } from "../../../protocol/errors.ts";
import { spaceFolder } from "../../../protocol/space.ts";
import type { BlobOwner } from "./blob-store.ts";
import { EMPTY_HASH, sha256 } from "./manifest.ts";
import { createS3Client, type S3Grant } from "./s3-client.ts";

const DELETION_BOUNDS = {
  /** Versions of one page and of one order to delete: S3's own limit. */
  versionsMax: 1_000,
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
 * Removes every object of the space, with all versions and delete markers, and returns how many objects there were: names
 * of which some content was left, whether it was the newest or not. A marker alone is removed and not counted. Calls
 * `goOn` right before each order to delete; what it throws ends the work. Can be repeated. Throws `StorageError`.
 *
 * S3 cannot check a fence: an order that was sent and arrives late still removes the versions that it names. What a turn
 * that has begun since stores is a version of its own, which no order names; where the bucket keeps no versions, an order
 * takes at most what had the same name before, which is the same content once more.
 */
export async function deleteObjects(
  grantNow: () => S3Grant,
  owner: BlobOwner,
  goOn: () => Promise<void>,
): Promise<number> {
  const s3 = createS3Client(grantNow);
  const bucket = s3.urlOf("").replace(/\/$/, "");
  const prefix = spacePrefix(owner);
  const max = String(DELETION_BOUNDS.versionsMax);
  const list = `${bucket}?versions=&max-keys=${max}&prefix=${encodeURIComponent(prefix)}`;
  const bytesMax = DELETION_BOUNDS.answerMaxBytes;
  let deleted = 0;
  let lastKey = "";
  for (let page = 0; page < DELETION_BOUNDS.pagesMax; page += 1) {
    // Always from the beginning: what was listed is gone, and what was stored meanwhile is not missed.
    const listed = textOf(await s3.send({ method: "GET", url: list, contentHash: EMPTY_HASH, bytesMax }));
    const versions = versionsOf(listed);
    if (versions.length === 0 && listed.includes("<IsTruncated>true<")) throw failed("lists less than there is");
    if (versions.length === 0) return deleted;
    if (versions.some(({ key }) => !key.startsWith(prefix))) throw failed("listed what was not asked for");
    const body = new TextEncoder().encode(deletion(versions));
    const url = `${bucket}?delete=`;
    await goOn();
    const answer = textOf(await s3.send({ method: "POST", url, contentHash: sha256(body), body, bytesMax }));
    if (answer.includes("<Error>")) throw failed(`did not remove everything (${codeOf(answer)})`);
    for (const { key, hasContent } of versions) {
      if (!hasContent || key === lastKey) continue; // the versions of a key stand together, over two pages at times
      deleted += 1;
      lastKey = key;
    }
  }
  throw failed("holds more and more files of the space");
}

type Version = { readonly key: string; readonly versionId: string; readonly hasContent: boolean };

/** As they stand in the XML, escaped: so they can stand in the order to delete them as well. */
function versionsOf(xml: string): readonly Version[] {
  return [...xml.matchAll(/<(Version|DeleteMarker)>([\s\S]*?)<\/\1>/g)].map(([, kind, fields = ""]) => ({
    key: fieldOf(fields, "Key"),
    versionId: fieldOf(fields, "VersionId"),
    hasContent: kind === "Version",
  }));
}

function fieldOf(xml: string, name: "Key" | "VersionId"): string {
  return new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1] ?? "";
}

function deletion(versions: readonly Version[]): string {
  const objects = versions.map(
    ({ key, versionId }) => `<Object><Key>${key}</Key><VersionId>${versionId}</VersionId></Object>`,
  );
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
