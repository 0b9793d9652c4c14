/** S3's data plane for one bucket, path style: objects and versions one by one, DeleteObjects, ListObjectsV2, ListObjectVersions. */
import type { ServerResponse } from "node:http";
import { AwsError } from "../aws-error.ts";
import { S3_BOUNDS } from "../bounds.ts";
import { type AwsRequest, header } from "../request.ts";
import { demandAccess, mayAccess, type S3Action } from "./access.ts";
import { mayWrite } from "./conditions.ts";
import { readChecked } from "./content.ts";
import { readConditions, readVersionId, type S3Context, type S3Outcome, versionHeader } from "./context.ts";
import { formatDeletion, type Outcome, readDeletionOrder, type Target } from "./delete-objects.ts";
import { pathOf } from "./key-path.ts";
import { cutPage, formatPage, readListQuery } from "./list.ts";
import { listVersions, readVersionsQuery } from "./list-versions.ts";
import type { ObjectFacts } from "./object-file.ts";
import type { Deletion, ObjectStore } from "./object-store.ts";
import { answerRead } from "./read-object.ts";
import { noSuchKey, notImplemented, preconditionFailed } from "./refusals.ts";

/** Query parameters of the operations that are here; any other names an operation that is not. */
const KNOWN_QUERY =
  /^(?:x-id|delete|list-type|prefix|delimiter|continuation-token|start-after|max-keys|fetch-owner|versions|key-marker|version-id-marker|versionId|x-amz-.*)$/i;

/** Answers one verified request. Throws `AwsError`. */
export async function answerS3(request: AwsRequest, response: ServerResponse, context: S3Context): Promise<S3Outcome> {
  const [bucket, key] = readTarget(request.path);
  if (bucket !== context.bucket) throw new AwsError(404, "NoSuchBucket", "the bucket does not exist");
  if ([...request.query.keys()].some((name) => !KNOWN_QUERY.test(name)) || header(request, "x-amz-copy-source")) {
    throw notImplemented();
  }
  response.setHeader("x-amz-request-id", context.requestId);
  if (key === "") return answerForBucket(request, response, context);
  if (request.query.has("delete") || request.query.has("versions")) throw notImplemented();
  if (pathOf(key) === null) throw new AwsError(400, "KeyTooLongError", "the key is too long");
  switch (request.method) {
    case "PUT":
      return put(request, response, context, key);
    case "GET":
    case "HEAD":
      return answerRead(request, response, context, key);
    case "DELETE": {
      const target = { key, versionId: readVersionId(request) };
      demand(context, deletionOf(target), key);
      response.writeHead(204, deletionHeaders(await remove(context.objects, target))).end();
      return { operation: "DeleteObject", bytes: 0 };
    }
    default:
      throw new AwsError(405, "MethodNotAllowed", "the method is not allowed against this resource");
  }
}

async function answerForBucket(request: AwsRequest, response: ServerResponse, context: S3Context): Promise<S3Outcome> {
  if (request.query.has("delete")) return deleteMany(request, response, context);
  if (request.query.has("versions")) return listAllVersions(request, response, context);
  if (request.method === "DELETE") return deleteBucket(response, context);
  return list(request, response, context);
}

async function put(request: AwsRequest, response: ServerResponse, context: S3Context, key: string): Promise<S3Outcome> {
  demand(context, "write", key);
  const { content } = readChecked(request);
  const conditions = readConditions(request);
  const object = { content, contentType: readContentType(request), metadata: readMetadata(request) };
  let before: ObjectFacts | null = null;
  const stored = await context.objects.put(key, object, (now) => {
    before = now;
    return mayWrite(conditions, now);
  });
  if (!stored) {
    if (conditions.ifMatch !== undefined && before === null) throw noSuchKey();
    throw preconditionFailed();
  }
  response.writeHead(200, { etag: stored.etag, ...versionHeader(context, stored) }).end();
  return { operation: "PutObject", bytes: content.byteLength };
}

async function list(request: AwsRequest, response: ServerResponse, context: S3Context): Promise<S3Outcome> {
  if (request.method === "HEAD") {
    response.writeHead(200).end();
    return { operation: "HeadBucket", bytes: 0 };
  }
  if (request.method !== "GET" || request.query.get("list-type") !== "2") throw notImplemented();
  const query = readListQuery(request.query);
  demand(context, "read", query.prefix);
  const page = cutPage(await context.objects.keys(query.prefix), query);
  const facts = new Map<string, ObjectFacts>();
  for (const key of page.keys) {
    const found = await context.objects.head(key);
    if (found) facts.set(key, found); // else deleted meanwhile
  }
  const xml = formatPage(context.bucket, query, page, facts);
  response.writeHead(200, { "content-type": "application/xml" }).end(xml);
  return { operation: "ListObjectsV2", bytes: Buffer.byteLength(xml) };
}

/** As far as it can be told from outside: an empty bucket that is used again is there again. */
async function deleteBucket(response: ServerResponse, { principal, objects }: S3Context): Promise<S3Outcome> {
  if (principal.kind !== "account") throw new AwsError(403, "AccessDenied", "access denied");
  const keys = await objects.versionedKeys("");
  if (keys.length > 0) throw new AwsError(409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
  response.writeHead(204).end();
  return { operation: "DeleteBucket", bytes: 0 };
}

/** Each key is judged by itself: what may not be deleted is an error in an answer that is 200. */
async function deleteMany(request: AwsRequest, response: ServerResponse, context: S3Context): Promise<S3Outcome> {
  if (request.method !== "POST") throw notImplemented();
  const { content, checksums } = readChecked(request);
  if (checksums === 0) {
    throw new AwsError(400, "InvalidRequest", "Missing required header for this request: Content-MD5");
  }
  const order = readDeletionOrder(content.toString());
  const outcomes = await Promise.all(
    order.targets.map(async (target): Promise<Outcome> => {
      const isDenied = !mayAccess(context.principal, deletionOf(target), target.key);
      // A key that cannot be stored is not there: deleting it is no failure.
      const canBe = !isDenied && pathOf(target.key) !== null;
      return { target, isDenied, deletion: canBe ? await remove(context.objects, target) : null };
    }),
  );
  const xml = formatDeletion(outcomes, order.isQuiet);
  response.writeHead(200, { "content-type": "application/xml" }).end(xml);
  return { operation: "DeleteObjects", bytes: content.byteLength };
}

async function listAllVersions(
  request: AwsRequest,
  response: ServerResponse,
  { bucket, objects, principal }: S3Context,
): Promise<S3Outcome> {
  if (request.method !== "GET") throw notImplemented();
  const query = readVersionsQuery(request.query);
  demandAccess(principal, "list_versions", query.prefix);
  const xml = await listVersions(bucket, query, objects);
  response.writeHead(200, { "content-type": "application/xml" }).end(xml);
  return { operation: "ListObjectVersions", bytes: Buffer.byteLength(xml) };
}

function remove(objects: ObjectStore, { key, versionId }: Target): Promise<Deletion | null> {
  return versionId === null ? objects.delete(key) : objects.deleteVersion(key, versionId);
}

function deletionOf({ versionId }: Target): S3Action {
  return versionId === null ? "write" : "delete_version";
}

function deletionHeaders(deletion: Deletion | null): Record<string, string> {
  if (deletion === null) return {};
  return { "x-amz-version-id": deletion.versionId, ...(deletion.isMarker && { "x-amz-delete-marker": "true" }) };
}

function readTarget(path: string): [bucket: string, key: string] {
  try {
    const [bucket = "", ...parts] = path.slice(1).split("/").map(decodeURIComponent);
    return [bucket, parts.join("/")];
  } catch {
    throw new AwsError(400, "InvalidURI", "the path is not percent-encoded text");
  }
}

function readContentType(request: AwsRequest): string {
  const contentType = header(request, "content-type") ?? "binary/octet-stream";
  if (Buffer.byteLength(contentType) > S3_BOUNDS.contentTypeMaxBytes) throw metadataTooLarge("the content type");
  return contentType;
}

function readMetadata(request: AwsRequest): Record<string, string> {
  const prefix = "x-amz-meta-";
  const names = Object.keys(request.headers).filter((name) => name.startsWith(prefix));
  const entries = names.map((name) => [name.slice(prefix.length), header(request, name) ?? ""] as const);
  const bytes = entries.flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > S3_BOUNDS.metadataMaxBytes) throw metadataTooLarge("the metadata");
  return Object.fromEntries(entries);
}

function metadataTooLarge(what: string): AwsError {
  return new AwsError(400, "MetadataTooLarge", `${what} exceeds the maximum allowed size`);
}

function demand({ principal }: S3Context, action: S3Action, path: string): void {
  demandAccess(principal, action, path);
}
