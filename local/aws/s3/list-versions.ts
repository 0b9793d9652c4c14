/** ListObjectVersions: one page of versions and delete markers, as XML. */
import { AwsError, escapeXml, XML } from "../aws-error.ts";
import { S3_BOUNDS } from "../bounds.ts";
import { compareNewestFirst } from "./kept-versions.ts";
import type { ObjectFacts } from "./object-file.ts";
import type { ObjectStore } from "./object-store.ts";

type Place = { readonly key: string; readonly versionId: string };

export type VersionsQuery = {
  readonly prefix: string;
  /** Only what comes after this key, or after this version of it. */
  readonly afterKey: string;
  readonly afterVersion: string | null;
  readonly max: number;
};

type Entry = { readonly key: string; readonly isLatest: boolean; readonly facts: ObjectFacts };

/** Throws `AwsError` for what S3 refuses, and for what is not here: delimiters. */
export function readVersionsQuery(query: URLSearchParams): VersionsQuery {
  if (query.get("delimiter")) throw new AwsError(501, "NotImplemented", "the stand-in lists versions by prefix alone");
  const afterKey = query.get("key-marker") ?? "";
  const afterVersion = query.get("version-id-marker");
  if (afterVersion !== null && afterKey === "") {
    throw new AwsError(400, "InvalidArgument", "A version-id marker cannot be specified without a key marker.");
  }
  const max = Number(query.get("max-keys") ?? S3_BOUNDS.listMax);
  return {
    prefix: query.get("prefix") ?? "",
    afterKey,
    afterVersion: afterVersion === "" ? null : afterVersion,
    max: Number.isInteger(max) && max >= 0 ? Math.min(max, S3_BOUNDS.listMax) : S3_BOUNDS.listMax,
  };
}

/** The page as XML. Keys in the order of their UTF-8 bytes, the versions of each newest first. */
export async function listVersions(bucket: string, query: VersionsQuery, objects: ObjectStore): Promise<string> {
  const entries: Entry[] = [];
  for (const key of await objects.versionedKeys(query.prefix)) {
    if (Buffer.compare(Buffer.from(key), Buffer.from(query.afterKey)) < 0) continue;
    if (entries.length > query.max) break;
    const versions = await objects.versionsOf(key);
    entries.push(...versions.map((facts, at) => ({ key, isLatest: at === 0, facts })).filter(isAfter(query)));
  }
  const page = entries.slice(0, query.max);
  const last = page.at(-1);
  const next = entries.length > page.length && last ? { key: last.key, versionId: last.facts.versionId } : null;
  return formatVersions(bucket, query, page, next);
}

function isAfter({ afterKey, afterVersion }: VersionsQuery): (entry: Entry) => boolean {
  return ({ key, facts }) =>
    key !== afterKey || (afterVersion !== null && compareNewestFirst(afterVersion, facts.versionId) < 0);
}

function formatVersions(bucket: string, query: VersionsQuery, page: readonly Entry[], next: Place | null): string {
  const { prefix, afterKey, afterVersion, max } = query;
  const markers =
    next === null
      ? ""
      : `<NextKeyMarker>${escapeXml(next.key)}</NextKeyMarker><NextVersionIdMarker>${next.versionId}</NextVersionIdMarker>`;
  return (
    `${XML}<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${escapeXml(bucket)}</Name>` +
    `<Prefix>${escapeXml(prefix)}</Prefix><KeyMarker>${escapeXml(afterKey)}</KeyMarker>` +
    `<VersionIdMarker>${escapeXml(afterVersion ?? "")}</VersionIdMarker><MaxKeys>${max}</MaxKeys>` +
    `<IsTruncated>${next !== null}</IsTruncated>${markers}${page.map(formatEntry).join("")}</ListVersionsResult>`
  );
}

function formatEntry({ key, isLatest, facts }: Entry): string {
  const fields =
    `<Key>${escapeXml(key)}</Key><VersionId>${facts.versionId}</VersionId><IsLatest>${isLatest}</IsLatest>` +
    `<LastModified>${new Date(facts.modifiedAt).toISOString()}</LastModified>`;
  if (facts.isMarker) return `<DeleteMarker>${fields}</DeleteMarker>`;
  const content = `<ETag>${escapeXml(facts.etag)}</ETag><Size>${facts.bytes}</Size><StorageClass>STANDARD</StorageClass>`;
  return `<Version>${fields}${content}</Version>`;
}
