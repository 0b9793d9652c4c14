/**
 * Objects of one space in S3, as streams: attachments on their way in, files on their way out. Each request goes to an
 * address that is presigned for it; what passes through is held nowhere.
 */
import { AwsV4Signer } from "aws4fetch";
import { StorageError } from "../../protocol/errors.ts";
import type { Grants } from "../../protocol/invocation.ts";
import { type SpaceId, spaceFolder } from "../../protocol/space.ts";

/** Where an object is: below `<agent>/<space>/`. */
export type SpaceObject = {
  readonly agent: string;
  readonly space: SpaceId;
  readonly folder: "attachments" | "blobs";
  readonly name: string;
};

/** A stream whose length is known. */
export type SizedBody = { readonly body: ReadableStream<Uint8Array>; readonly bytes: number };

/** How long a presigned address is good for; a transfer that has begun may take longer. */
const ADDRESS_LIFE_S = 300;

/**
 * Stores `bytes` bytes. Doing it again overwrites them with the same. Throws `StorageError`; and what reading `body` throws.
 */
export async function putObject(
  grant: Grants["blobs"],
  object: SpaceObject,
  { body, bytes }: SizedBody,
  signal: AbortSignal,
): Promise<void> {
  const url = await presign("PUT", grant, object);
  // S3 wants to know the length beforehand, and a stream has none unless it is given one.
  const { readable, writable } = new FixedLengthStream(bytes);
  const sending = fetch(url, { method: "PUT", body: readable, redirect: "manual", signal });
  const [sent, pumped] = await Promise.allSettled([sending, pump({ body, bytes }, writable)]);
  // What could not be read makes the request fail too; what the store does not take is not the fault of the source.
  if (pumped.status === "rejected") throw pumped.reason;
  if (sent.status === "rejected") throw unavailable("PUT", "no answer", sent.reason);
  await sent.value.body?.cancel();
  if (!sent.value.ok) throw unavailable("PUT", String(sent.value.status));
}

/** Passes a stream on as long as somebody takes it. Throws `TransferBroken` when the stream itself fails. */
async function pump({ body, bytes }: SizedBody, writable: WritableStream<Uint8Array>): Promise<void> {
  let left = bytes;
  const reader = body.getReader();
  const writer = writable.getWriter();
  const read = () =>
    reader.read().catch((cause: unknown) => {
      throw new TransferBroken(cause);
    });
  try {
    for (let chunk = await read(); !chunk.done; chunk = await read()) {
      left -= chunk.value.byteLength;
      if (left < 0) break;
      await writer.write(chunk.value);
    }
    if (left !== 0) throw new TransferBroken(new Error("not as long as it said"));
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    await reader.cancel().catch(() => {});
    if (error instanceof TransferBroken) throw error;
    // Nobody takes it any more: the answer to the request says why.
  }
}

/** The bytes of an object. Throws `StorageError`, `storage_damaged` when it is not there. */
export async function getObject(
  grant: Grants["blobs"],
  object: SpaceObject,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const url = await presign("GET", grant, object);
  const response = await fetch(url, { redirect: "manual", signal }).catch((error: unknown) => {
    throw unavailable("GET", "no answer", error);
  });
  if (response.ok && response.body) return response.body;
  await response.body?.cancel();
  if (response.status === 404) throw new StorageError("storage_damaged", "a file of an answer is gone");
  throw unavailable("GET", String(response.status));
}

/** What was to be stored could not be read to its end, or was not as long as it said. */
export class TransferBroken extends Error {
  override readonly name = "TransferBroken";

  constructor(cause: unknown) {
    super("the bytes did not come", { cause });
  }
}

async function presign(method: "GET" | "PUT", grant: Grants["blobs"], object: SpaceObject): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = grant.credentials;
  const { agent, space, folder, name } = object;
  const key = `${agent}/${spaceFolder(space)}/${folder}/${name}`;
  const signed = await new AwsV4Signer({
    method,
    url: `${grant.endpoint}/${grant.bucket}/${key}?X-Amz-Expires=${ADDRESS_LIFE_S}`,
    service: "s3",
    region: grant.region,
    accessKeyId,
    secretAccessKey,
    signQuery: true,
    ...(sessionToken !== undefined && { sessionToken }),
  }).sign();
  return signed.url.href;
}

/** The address is left out: it holds a signature. */
function unavailable(method: string, why: string, cause?: unknown): StorageError {
  return new StorageError("storage_unavailable", `the object store did not take a ${method}: ${why}`, { cause });
}
