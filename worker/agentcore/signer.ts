/**
 * Signs a POST with AWS Signature Version 4. Our requests sign the same headers as the AWS SDK's own, content type and
 * length included; only what the SDK says about itself (`amz-sdk-*`, `x-amz-user-agent`) is missing.
 * Signing alone is taken from aws4fetch: its `fetch` would repeat a turn on every 5xx.
 */
import { AwsV4Signer } from "aws4fetch";
import type { AwsCredentials } from "../../protocol/invocation.ts";

export type SigningScope = {
  /** The name in the credential scope: `bedrock-agentcore`, `sts`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
};

type UnsignedPost = {
  /** The path must be encoded as it goes over the wire; the signer encodes it a second time, as AWS does. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

type SignedPost = { readonly url: string; readonly init: RequestInit };
export type Signer = (post: UnsignedPost, now: number) => Promise<SignedPost>;

const encoder = new TextEncoder();

/** Makes a signer that derives its key once per day. `now` is epoch ms: AWS refuses what is five minutes off. */
export function createSigner(scope: SigningScope): Signer {
  const { accessKeyId, secretAccessKey, sessionToken } = scope.credentials;
  const keys = new Map<string, ArrayBuffer>();
  return async ({ url, headers, body }, now) => {
    const bytes = encoder.encode(body);
    const signer = new AwsV4Signer({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service: scope.service,
      region: scope.region,
      cache: keys,
      allHeaders: true,
      method: "POST",
      url,
      body: bytes,
      datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ""),
      headers: {
        ...headers,
        "content-length": String(bytes.byteLength),
        "x-amz-content-sha256": await sha256Hex(bytes),
      },
    });
    const signed = await signer.sign();
    return { url: signed.url.href, init: { method: signed.method, headers: signed.headers, body: bytes } };
  };
}

/** SHA-256 in lower-case hex. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
