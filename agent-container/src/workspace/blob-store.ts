/**
 * File contents in S3, addressed by their hash: a small client over path-style GET and PUT, signed by aws4fetch.
 * A blob never changes, so writing one twice is harmless; what this process knows to be stored is not sent again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AwsV4Signer } from "aws4fetch";
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import { StorageError } from "../../../protocol/errors.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { type SpaceId, spaceFolder } from "../../../protocol/space.ts";
import { entryOf, type FileEntry } from "./manifest.ts";
import type { Tree } from "./path.ts";

const BLOB_BOUNDS = {
  /** One request is given up after this. */
  timeoutMs: 10_000,
  attemptsMax: 3,
  /** Pause before the second try; doubled for the next. */
  retryFirstMs: 100,
  /** Hashes remembered as stored; the oldest are forgotten first. */
  knownMax: 8_192,
} as const;

export type Bytes = Uint8Array<ArrayBuffer>;

/** Contents of one space and of the tree that all spaces of its agent share. */
export interface BlobStore {
  /** Reads a content and checks it against its hash. Throws `StorageError`, also when it is absent. */
  get(tree: Tree, entry: FileEntry): Promise<Bytes>;
  /** Stores a content under its hash; idempotent. Throws `StorageError`. */
  put(tree: Tree, entry: FileEntry, content: Bytes): Promise<void>;
}

type BlobGrant = Grants["blobs"];

/** Keys, with endpoint and bucket, of blobs that are in the store. Outlives a turn and its credentials. */
const known = new Set<string>();

/**
 * A store under `<agent>/<space>/blobs/` and `<agent>/shared/blobs/`. `grantNow` is asked for at each request: a turn
 * that is resumed brings newer credentials.
 */
export function createBlobStore(
  grantNow: () => BlobGrant,
  owner: { readonly agent: string; readonly space: SpaceId },
): BlobStore {
  const blobUrl = (tree: Tree, hash: string) => {
    const { endpoint, bucket } = grantNow();
    const folder = tree === "shared" ? "shared" : spaceFolder(owner.space);
    return `${endpoint.replace(/\/$/, "")}/${bucket}/${owner.agent}/${folder}/blobs/${hash}`;
  };
  const signingKeys = new Map<string, ArrayBuffer>();
  const send = (request: BlobRequest) => sendWithRetry(request, grantNow(), signingKeys);
  return {
    async get(tree, entry) {
      const url = blobUrl(tree, entry.hash);
      const content = await send({ method: "GET", url, contentHash: EMPTY_HASH });
      const found = entryOf(content);
      if (found.hash !== entry.hash) throw new StorageError("storage_unavailable", `blob ${entry.hash} is damaged`);
      remember(url);
      return content;
    },
    async put(tree, entry, content) {
      const url = blobUrl(tree, entry.hash);
      if (known.has(url)) return;
      await send({ method: "PUT", url, contentHash: entry.hash, body: content });
      remember(url);
    },
  };
}

/** SHA-256 of nothing: the body of a GET. */
const EMPTY_HASH = entryOf(new Uint8Array()).hash;

type BlobRequest = {
  readonly method: "GET" | "PUT";
  readonly url: string;
  /** Signed, so that the store itself refuses a body that was damaged on its way. */
  readonly contentHash: string;
  readonly body?: Bytes;
};

type Attempt =
  | { readonly kind: "done"; readonly content: Bytes }
  | { readonly kind: "failed"; readonly error: StorageError; readonly canRetry: boolean };

async function sendWithRetry(
  request: BlobRequest,
  grant: BlobGrant,
  signingKeys: Map<string, ArrayBuffer>,
): Promise<Bytes> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await sendOnce(request, grant, signingKeys);
    if (outcome.kind === "done") return outcome.content;
    if (!outcome.canRetry || attempt >= BLOB_BOUNDS.attemptsMax) throw outcome.error;
    await sleep(BLOB_BOUNDS.retryFirstMs * 2 ** (attempt - 1));
  }
}

async function sendOnce(
  request: BlobRequest,
  grant: BlobGrant,
  signingKeys: Map<string, ArrayBuffer>,
): Promise<Attempt> {
  const { accessKeyId, secretAccessKey, sessionToken } = grant.credentials;
  const signed = await new AwsV4Signer({
    method: request.method,
    url: request.url,
    headers: { "x-amz-content-sha256": request.contentHash },
    service: "s3",
    region: grant.region,
    accessKeyId,
    secretAccessKey,
    cache: signingKeys,
    ...(sessionToken !== undefined && { sessionToken }),
  }).sign();
  try {
    const response = await fetch(signed.url, {
      method: request.method,
      headers: signed.headers,
      signal: AbortSignal.timeout(BLOB_BOUNDS.timeoutMs),
      ...(request.body !== undefined && { body: request.body }),
    });
    return response.ok ? await readContent(response) : await readFailure(request.method, response);
  } catch (error) {
    return failed(`the blob store did not answer to ${request.method}`, true, error);
  }
}

async function readContent(response: Response): Promise<Attempt> {
  if (Number(response.headers.get("content-length") ?? 0) > WORKSPACE_BOUNDS.fileMaxBytes) {
    await response.body?.cancel();
    return failed("the blob store holds a file that is too large", false);
  }
  return { kind: "done", content: new Uint8Array(await response.arrayBuffer()) };
}

async function readFailure(method: string, response: Response): Promise<Attempt> {
  const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec((await response.text()).slice(0, 2_000))?.[1] ?? "no code";
  const canRetry = response.status >= 500 || response.status === 429;
  return failed(`the blob store answered ${response.status} to ${method} (${code})`, canRetry);
}

function failed(message: string, canRetry: boolean, cause?: unknown): Attempt {
  return { kind: "failed", canRetry, error: new StorageError("storage_unavailable", message, { cause }) };
}

function remember(url: string): void {
  known.delete(url);
  known.add(url);
  const [oldest] = known;
  if (known.size > BLOB_BOUNDS.knownMax && oldest !== undefined) known.delete(oldest);
}
