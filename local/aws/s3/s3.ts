/** S3's data plane for one bucket, path style: objects one by one, DeleteObjects, ListObjectsV2. */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { crc32 } from "node:zlib";
import { AwsError } from "../aws-error.ts";
import { S3_BOUNDS } from "../bounds.ts";
import type { Principal } from "../principal.ts";
import { type AwsRequest, header } from "../request.ts";
import { mayAccess } from "./access.ts";
import { readAwsChunked } from "./aws-chunked.ts";
import { type Conditions, judgeRead, mayWrite, readRange } from "./conditions.ts";
import { formatDeletion, readDeletionOrder } from "./delete-objects.ts";
import { pathOf } from "./key-path.ts";
import { cutPage, formatPage, readListQuery } from "./list.ts";
import type { ObjectFacts, ObjectStore } from "./object-store.ts";

export type S3Context = {
  readonly principal: Principal;
  readonly bucket: string;
  readonly objects: ObjectStore;
  readonly requestId: string;
};

export type S3Outcome = { readonly operation: string; readonly bytes: number };

/** Query parameters of the operations that are here; any other names an operation that is not. */
const KNOWN_QUERY =
  /^(?:x-id|delete|list-type|prefix|delimiter|continuation-token|start-after|max-keys|fetch-owner|x-amz-.*)$/i;

/** The checksums that are understood, and what they are of a content. */
const CHECKSUMS: readonly (readonly [name: string, actual: (content: Buffer) => string])[] = [
  ["x-amz-checksum-crc32", base64OfCrc32],
  ["x-amz-checksum-sha256", (content) => createHash("sha256").update(content).digest("base64")],
  ["content-md5", (content) => createHash("md5").update(content).digest("base64")],
];

/** Answers one verified request. Throws `AwsError`. */
export async function answerS3(request: AwsRequest, response: ServerResponse, context: S3Context): Promise<S3Outcome> {
  const [bucket, key] = readTarget(request.path);
  if (bucket !== context.bucket) throw new AwsError(404, "NoSuchBucket", "the bucket does not exist");
  if ([...request.query.keys()].some((name) => !KNOWN_QUERY.test(name)) || header(request, "x-amz-copy-source")) {
    throw notImplemented();
  }
  response.setHeader("x-amz-request-id", context.requestId);
  if (key === "" && request.query.has("delete")) return deleteMany(request, response, context);
  if (key === "") return list(request, response, context);
  if (request.query.has("delete")) throw notImplemented();
  if (pathOf(key) === null) throw new AwsError(400, "KeyTooLongError", "the key is too long");
  switch (request.method) {
    case "PUT":
      return put(request, response, context, key);
    case "GET":
    case "HEAD":
      return read(request, response, context, key);
    case "DELETE":
      demand(context, "write", key);
      await context.objects.delete(key);
      response.writeHead(204).end();
      return { operation: "DeleteObject", bytes: 0 };
    default:
      throw new AwsError(405, "MethodNotAllowed", "the method is not allowed against this resource");
  }
}

async function put(request: AwsRequest, response: ServerResponse, context: S3Context, key: string): Promise<S3Outcome> {
  demand(context, "write", key);
  const content = readContent(request);
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
  response.writeHead(200, { etag: stored.etag }).end();
  return { operation: "PutObject", bytes: content.byteLength };
}

async function read(
  request: AwsRequest,
  response: ServerResponse,
  context: S3Context,
  key: string,
): Promise<S3Outcome> {
  demand(context, "read", key);
  const object = await context.objects.get(key);
  if (!object) throw noSuchKey();
  const { facts, content } = object;
  const verdict = judgeRead(readConditions(request), facts);
  if (verdict === 412) throw preconditionFailed();
  const range = readRange(header(request, "range"), facts.bytes);
  if (range === "unsatisfiable") throw new AwsError(416, "InvalidRange", "the range lies outside the object");
  const part = range ? content.subarray(range.start, range.end) : content;
  const metadata = Object.entries(facts.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const headers = {
    ...Object.fromEntries(metadata),
    etag: facts.etag,
    "last-modified": new Date(facts.modifiedAt).toUTCString(),
    "accept-ranges": "bytes",
    "content-type": facts.contentType,
    "content-length": part.byteLength,
    ...(range && { "content-range": `bytes ${range.start}-${range.end - 1}/${facts.bytes}` }),
  };
  const operation = request.method === "GET" ? "GetObject" : "HeadObject";
  if (verdict === 304) {
    response.writeHead(304, { etag: facts.etag }).end();
    return { operation, bytes: 0 };
  }
  response.writeHead(range ? 206 : 200, headers).end(request.method === "GET" ? part : undefined);
  return { operation, bytes: part.byteLength };
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

/** Each key is judged by itself: what may not be deleted is an error in an answer that is 200. */
async function deleteMany(request: AwsRequest, response: ServerResponse, context: S3Context): Promise<S3Outcome> {
  if (request.method !== "POST") throw notImplemented();
  const { content, checksums } = readChecked(request);
  if (checksums === 0) {
    throw new AwsError(400, "InvalidRequest", "Missing required header for this request: Content-MD5");
  }
  const order = readDeletionOrder(content.toString());
  const isDenied = (key: string) => !mayAccess(context.principal, "write", key);
  // A key that cannot be stored is not there: deleting it is no failure.
  const stored = order.keys.filter((key) => !isDenied(key) && pathOf(key) !== null);
  await Promise.all(stored.map((key) => context.objects.delete(key)));
  const xml = formatDeletion(order, isDenied);
  response.writeHead(200, { "content-type": "application/xml" }).end(xml);
  return { operation: "DeleteObjects", bytes: content.byteLength };
}

function readTarget(path: string): [bucket: string, key: string] {
  try {
    const [bucket = "", ...parts] = path.slice(1).split("/").map(decodeURIComponent);
    return [bucket, parts.join("/")];
  } catch {
    throw new AwsError(400, "InvalidURI", "the path is not percent-encoded text");
  }
}

/** The object's own bytes, without framing, checked against the checksums that came along. */
function readContent(request: AwsRequest): Buffer {
  return readChecked(request).content;
}

function readChecked(request: AwsRequest): { readonly content: Buffer; readonly checksums: number } {
  const { content, checksumOf } = unframe(request);
  const stated = CHECKSUMS.filter(([name]) => checksumOf(name) !== undefined);
  for (const [name, actual] of stated) {
    if (checksumOf(name) !== actual(content)) throw new AwsError(400, "BadDigest", `${name} does not match`);
  }
  return { content, checksums: stated.length };
}

function unframe(request: AwsRequest): { content: Buffer; checksumOf: (name: string) => string | undefined } {
  const framing = header(request, "x-amz-content-sha256") ?? "";
  if (!framing.startsWith("STREAMING-")) {
    return { content: request.body, checksumOf: (name) => header(request, name) };
  }
  const unframed = readAwsChunked(request.body);
  const length = header(request, "x-amz-decoded-content-length");
  if (!unframed.ok || Number(length) !== unframed.value.content.byteLength) {
    throw new AwsError(400, "IncompleteBody", "the body is not what its framing announced");
  }
  const { content, trailers } = unframed.value;
  return { content, checksumOf: (name) => trailers.get(name) ?? header(request, name) };
}

function base64OfCrc32(content: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return sum.toString("base64");
}

function readConditions(request: AwsRequest): Conditions {
  return { ifMatch: header(request, "if-match"), ifNoneMatch: header(request, "if-none-match") };
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

function demand({ principal }: S3Context, action: "read" | "write", path: string): void {
  if (!mayAccess(principal, action, path)) throw new AwsError(403, "AccessDenied", "access denied");
}

function noSuchKey(): AwsError {
  return new AwsError(404, "NoSuchKey", "the specified key does not exist");
}

function preconditionFailed(): AwsError {
  return new AwsError(412, "PreconditionFailed", "at least one of the preconditions you specified did not hold");
}

function notImplemented(): AwsError {
  return new AwsError(501, "NotImplemented", "the stand-in does not have this operation");
}
