/** A small S3 client over path-style GET, PUT and POST, signed by aws4fetch. What fails for a moment is tried again. */
import { setTimeout as sleep } from "node:timers/promises";
import { AwsV4Signer } from "aws4fetch";
import { StorageError } from "../../../protocol/errors.ts";
import type { Grants } from "../../../protocol/invocation.ts";

const S3_BOUNDS = {
  /** One request is given up after this. */
  timeoutMs: 10_000,
  attemptsMax: 3,
  /** Pause before the second try; doubled for the next. */
  retryFirstMs: 100,
  /** What a PUT is answered with; S3 says nothing. */
  putAnswerMaxBytes: 65_536,
} as const;

export type Bytes = Uint8Array<ArrayBuffer>;

/** Where the objects are, and the credentials that reach them. */
export type S3Grant = Grants["blobs"];

export type S3Request = {
  readonly url: string;
  /** SHA-256 of the body in hex. Signed, so that the store itself refuses a body that was damaged on its way. */
  readonly contentHash: string;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal;
} & (
  | { readonly method: "PUT"; readonly body: Bytes }
  /** An answer of more than `bytesMax` is not read. */
  | { readonly method: "GET"; readonly bytesMax: number }
  | { readonly method: "POST"; readonly body: Bytes; readonly bytesMax: number }
);

export interface S3Client {
  /** The address of an object. */
  urlOf(key: string): string;
  /** The content of the answer. Throws `StorageError`, which names neither key nor credentials. */
  send(request: S3Request): Promise<Bytes>;
}

type Attempt =
  | { readonly kind: "done"; readonly content: Bytes }
  | { readonly kind: "failed"; readonly error: StorageError; readonly canRetry: boolean };

/** `grantNow` is asked for at each request: a turn that is resumed brings newer credentials. */
export function createS3Client(grantNow: () => S3Grant): S3Client {
  const signingKeys = new Map<string, ArrayBuffer>();
  return {
    urlOf: (key) => {
      const { endpoint, bucket } = grantNow();
      return `${endpoint.replace(/\/$/, "")}/${bucket}/${key}`;
    },
    send: (request) => sendWithRetry(request, grantNow(), signingKeys),
  };
}

async function sendWithRetry(
  request: S3Request,
  grant: S3Grant,
  signingKeys: Map<string, ArrayBuffer>,
): Promise<Bytes> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await sendOnce(request, grant, signingKeys);
    if (outcome.kind === "done") return outcome.content;
    const isWanted = request.signal?.aborted !== true;
    if (!isWanted || !outcome.canRetry || attempt >= S3_BOUNDS.attemptsMax) throw outcome.error;
    await sleep(S3_BOUNDS.retryFirstMs * 2 ** (attempt - 1));
  }
}

async function sendOnce(request: S3Request, grant: S3Grant, signingKeys: Map<string, ArrayBuffer>): Promise<Attempt> {
  const { accessKeyId, secretAccessKey, sessionToken } = grant.credentials;
  const signed = await new AwsV4Signer({
    method: request.method,
    url: request.url,
    headers: {
      "x-amz-content-sha256": request.contentHash,
      // S3 wants a checksum of the order to delete many, besides the signed hash.
      ...(request.method === "POST" && { "x-amz-checksum-sha256": base64OfHex(request.contentHash) }),
    },
    service: "s3",
    region: grant.region,
    accessKeyId,
    secretAccessKey,
    cache: signingKeys,
    ...(sessionToken !== undefined && { sessionToken }),
  }).sign();
  const timeout = AbortSignal.timeout(S3_BOUNDS.timeoutMs);
  try {
    const response = await fetch(signed.url, {
      method: request.method,
      headers: signed.headers,
      signal: request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]),
      ...(request.method !== "GET" && { body: request.body }),
    });
    return response.ok ? await readContent(request, response) : await readFailure(request, response);
  } catch (error) {
    return failed(`the blob store did not answer to ${request.method}`, true, error);
  }
}

/** A length is not always told beforehand, so the bytes are counted as they come. */
async function readContent(request: S3Request, response: Response): Promise<Attempt> {
  const bytesMax = request.method === "PUT" ? S3_BOUNDS.putAnswerMaxBytes : request.bytesMax;
  const chunks: Uint8Array[] = [];
  let bytes = Number(response.headers.get("content-length") ?? 0);
  if (bytes <= bytesMax) {
    bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) break;
      chunks.push(chunk);
    }
  }
  if (bytes <= bytesMax) return { kind: "done", content: joined(chunks, bytes) };
  await response.body?.cancel();
  return failed("the blob store answered with more than was asked for", false);
}

function joined(chunks: readonly Uint8Array[], bytes: number): Bytes {
  const content = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    content.set(chunk, at);
    at += chunk.byteLength;
  }
  return content;
}

async function readFailure({ method }: S3Request, response: Response): Promise<Attempt> {
  const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec((await response.text()).slice(0, 2_000))?.[1] ?? "no code";
  const canRetry = response.status >= 500 || response.status === 429;
  return failed(`the blob store answered ${response.status} to ${method} (${code})`, canRetry);
}

function failed(message: string, canRetry: boolean, cause?: unknown): Attempt {
  return { kind: "failed", canRetry, error: new StorageError("storage_unavailable", message, { cause }) };
}

function base64OfHex(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}
