/** ListObjectsV2: one page of keys, as XML. Pure. */
import { escapeXml, XML } from "../aws-error.ts";
import { S3_BOUNDS } from "../bounds.ts";
import type { ObjectFacts } from "./object-file.ts";

export type ListQuery = {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only what comes after this key. */
  readonly after: string;
  readonly max: number;
};

export type Page = {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page begins; null: this is the last. */
  readonly next: string | null;
};

export function readListQuery(query: URLSearchParams): ListQuery {
  const token = query.get("continuation-token");
  const max = Number(query.get("max-keys") ?? S3_BOUNDS.listMax);
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    after: token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString(),
    max: Number.isInteger(max) && max >= 0 ? Math.min(max, S3_BOUNDS.listMax) : S3_BOUNDS.listMax,
  };
}

/** Cuts a page out of `keys`, which are sorted and all begin with the prefix. */
export function cutPage(keys: readonly string[], { prefix, delimiter, after, max }: ListQuery): Page {
  const own: string[] = [];
  const common = new Set<string>();
  let last = after;
  for (const key of keys) {
    const group = groupOf(key, prefix, delimiter);
    const isDone = group === null ? compare(key, after) <= 0 : common.has(group) || compare(group, after) <= 0;
    if (isDone) continue;
    if (own.length + common.size >= max) return { keys: own, commonPrefixes: [...common], next: max > 0 ? last : null };
    if (group === null) own.push(key);
    else common.add(group);
    last = group ?? key;
  }
  return { keys: own, commonPrefixes: [...common], next: null };
}

export function formatPage(
  bucket: string,
  { prefix, delimiter, max }: ListQuery,
  page: Page,
  facts: ReadonlyMap<string, ObjectFacts>,
): string {
  const contents = [...facts].map(([key, { etag, bytes, modifiedAt }]) => {
    const fields = `<Key>${escapeXml(key)}</Key><LastModified>${new Date(modifiedAt).toISOString()}</LastModified>`;
    return `<Contents>${fields}<ETag>${escapeXml(etag)}</ETag><Size>${bytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const groups = page.commonPrefixes.map(
    (group) => `<CommonPrefixes><Prefix>${escapeXml(group)}</Prefix></CommonPrefixes>`,
  );
  const next =
    page.next === null
      ? ""
      : `<NextContinuationToken>${Buffer.from(page.next).toString("base64url")}</NextContinuationToken>`;
  return (
    `${XML}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${escapeXml(bucket)}</Name>` +
    `<Prefix>${escapeXml(prefix)}</Prefix>${delimiter && `<Delimiter>${escapeXml(delimiter)}</Delimiter>`}` +
    `<KeyCount>${page.keys.length + page.commonPrefixes.length}</KeyCount><MaxKeys>${max}</MaxKeys>` +
    `<IsTruncated>${page.next !== null}</IsTruncated>${next}${contents.join("")}${groups.join("")}</ListBucketResult>`
  );
}

/** What a key is shown as when a delimiter groups it; null: as itself. */
function groupOf(key: string, prefix: string, delimiter: string): string | null {
  const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
  return end === -1 ? null : key.slice(0, end + delimiter.length);
}

function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
