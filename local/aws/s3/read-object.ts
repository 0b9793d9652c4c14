/** Reading an object: whole or in part, on conditions, the newest version or a named one. */
import type { ServerResponse } from "node:http";
import { AwsError } from "../aws-error.ts";
import { type AwsRequest, header } from "../request.ts";
import { demandAccess } from "./access.ts";
import { judgeRead, readRange } from "./conditions.ts";
import { readConditions, readVersionId, type S3Context, type S3Outcome, versionHeader } from "./context.ts";
import type { Target } from "./delete-objects.ts";
import type { ObjectFacts, StoredObject } from "./object-file.ts";
import type { ObjectStore } from "./object-store.ts";
import { noSuchKey, noSuchVersion, preconditionFailed } from "./refusals.ts";

/** GetObject and HeadObject, of the newest version or a named one. Throws `AwsError`. */
export async function answerRead(
  request: AwsRequest,
  response: ServerResponse,
  context: S3Context,
  key: string,
): Promise<S3Outcome> {
  const versionId = readVersionId(request);
  demandAccess(context.principal, versionId === null ? "read" : "read_version", key);
  const { facts, content } = await find(response, context.objects, { key, versionId });
  const verdict = judgeRead(readConditions(request), facts);
  if (verdict === 412) throw preconditionFailed();
  const range = readRange(header(request, "range"), facts.bytes);
  if (range === "unsatisfiable") throw new AwsError(416, "InvalidRange", "the range lies outside the object");
  const part = range ? content.subarray(range.start, range.end) : content;
  const metadata = Object.entries(facts.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const headers = {
    ...Object.fromEntries(metadata),
    ...versionHeader(context, facts),
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

/** A marker is told of in the headers of the refusal. */
async function find(response: ServerResponse, objects: ObjectStore, { key, versionId }: Target): Promise<StoredObject> {
  if (versionId === null) {
    const object = await objects.get(key);
    if (object) return object;
    const [newest] = objects.keepsVersions ? await objects.versionsOf(key) : [];
    if (newest?.isMarker === true) tellMarker(response, newest);
    throw noSuchKey();
  }
  const version = await objects.getVersion(key, versionId);
  if (!version) throw noSuchVersion();
  if (!version.facts.isMarker) return version;
  tellMarker(response, version.facts);
  throw new AwsError(405, "MethodNotAllowed", "the version is a delete marker");
}

function tellMarker(response: ServerResponse, { versionId }: ObjectFacts): void {
  response.setHeader("x-amz-delete-marker", "true");
  response.setHeader("x-amz-version-id", versionId);
}
