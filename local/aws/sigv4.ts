/**
 * Checks AWS Signature Version 4 by signing what arrived once more, with AWS's own signer (`@smithy/signature-v4`),
 * and comparing. The edge signs with aws4fetch: this is the second, independent opinion.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { err, ok, type Result } from "../../protocol/result.ts";
import type { Service } from "./aws-error.ts";
import { SIGNATURE_BOUNDS } from "./bounds.ts";
import type { Identity, IdentityLookup, Principal } from "./principal.ts";
import { type AwsRequest, header, type RequestHead } from "./request.ts";
import type { Claim, Denial } from "./sigv4-claim.ts";

export type Verified<S extends string = Service> = { readonly service: S; readonly principal: Principal };
export type VerifyOptions = { readonly region: string; readonly lookup: IdentityLookup; readonly now: number };

/**
 * Everything that can be judged before the body is read: scope, time, key, and that what matters is signed.
 * `verifySignature` then judges the signature itself.
 */
export function admitClaim(head: RequestHead, claim: Claim<string>, options: VerifyOptions): Result<Identity, Denial> {
  const { now } = options;
  if (claim.region !== options.region) return err("wrong_scope");
  if (claim.signedAt - now > SIGNATURE_BOUNDS.skewMs || now - claim.signedAt > claim.lifeMs) {
    return err("outside_window");
  }
  const missing = mustSign(head, claim).some((name) => !claim.signedHeaders.includes(name));
  if (missing) return err("header_not_signed");
  const identity = options.lookup(claim.accessKeyId, claim.sessionToken);
  if (!identity) return err("unknown_key");
  if (identity.principal.kind === "session" && identity.principal.expiresAt <= now) return err("session_expired");
  return ok(identity);
}

/** AWS wants the host and every header of its own signed; of those, what is absent cannot be. */
function mustSign(head: RequestHead, claim: Claim<string>): readonly string[] {
  const own = Object.keys(head.headers).filter((name) => /^x-amz-|^x-amzn-bedrock-agentcore-/.test(name));
  return claim.form === "header" ? ["host", "x-amz-date", ...own] : ["host", ...own];
}

/** Compares the claimed signature with the one that AWS's signer makes of the request and the true secret. */
export async function verifySignature<S extends string>(
  request: AwsRequest,
  claim: Claim<S>,
  identity: Identity,
): Promise<Result<Verified<S>, Denial>> {
  const payload = payloadOf(request, claim);
  if (!payload.ok) return payload;
  const { accessKeyId, secretAccessKey, sessionToken } = identity.credentials;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    region: claim.region,
    service: claim.service,
    sha256: NodeSha256,
    uriEscapePath: claim.service !== "s3", // S3 alone encodes the path once
    applyChecksum: false,
  });
  const signable = {
    method: request.method,
    protocol: "http:",
    hostname: "",
    path: claim.service === "s3" ? encodeOnce(request.path) : request.path,
    query: queryOf(request.query),
    headers: signedHeadersOf(request, claim),
    body: payload.value,
  };
  const names = new Set(claim.signedHeaders);
  const signingDate = new Date(claim.signedAt);
  const expected = await (claim.form === "header"
    ? signer
        .sign(signable, { signingDate, signableHeaders: names })
        .then((signed) => /Signature=([0-9a-f]{64})$/.exec(signed.headers["authorization"] ?? "")?.[1])
    : signer
        .presign(signable, {
          signingDate,
          expiresIn: claim.lifeMs / 1_000,
          signableHeaders: names,
          unhoistableHeaders: names,
        })
        .then((signed) => signed.query?.["X-Amz-Signature"]));
  const isEqual = typeof expected === "string" && equalInConstantTime(expected, claim.signature);
  return isEqual ? ok({ service: claim.service, principal: identity.principal }) : err("mismatch");
}

/**
 * What the signer hashes as the body. `x-amz-content-sha256` is never believed: where it states a hash, the hash of
 * what arrived must be the same. Only S3 may leave the body out of the signature, and says so in that header.
 */
function payloadOf(request: AwsRequest, claim: Claim<string>): Result<Buffer | object, Denial> {
  const unsigned = {}; // to smithy anything but bytes means UNSIGNED-PAYLOAD
  if (claim.service === "s3" && claim.form === "query") return ok(unsigned);
  const stated = header(request, "x-amz-content-sha256");
  if (claim.service === "s3") {
    if (stated === undefined) return err("malformed_signature");
    if (stated === "UNSIGNED-PAYLOAD" || stated === "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return ok(unsigned);
  }
  if (stated !== undefined && stated !== createHash("sha256").update(request.body).digest("hex")) {
    return err("wrong_body_hash");
  }
  return ok(request.body);
}

function signedHeadersOf(request: AwsRequest, claim: Claim<string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of claim.signedHeaders) headers[name] = header(request, name) ?? "";
  return headers;
}

/** Without what the signature itself added; the signer puts it there again. */
function queryOf(query: URLSearchParams): Record<string, string | string[]> {
  const own = /^X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)$/;
  const names = new Set([...query.keys()].filter((name) => !own.test(name)));
  return Object.fromEntries([...names].map((name) => [name, query.getAll(name)]));
}

/** The path as S3 signs it: each part decoded and encoded once, whatever the client left bare. */
function encodeOnce(path: string): string {
  try {
    const encode = (part: string) =>
      encodeURIComponent(decodeURIComponent(part)).replace(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    return path.split("/").map(encode).join("/");
  } catch {
    return path; // not percent-encoding: the signature will not match
  }
}

function equalInConstantTime(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The hash that the signer asks for, on Node's own crypto. */
class NodeSha256 {
  readonly #secret: string | ArrayBuffer | ArrayBufferView | undefined;
  #chunks: Uint8Array[] = [];

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret;
  }

  update(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  reset(): void {
    this.#chunks = [];
  }

  async digest(): Promise<Uint8Array> {
    const hash = this.#secret === undefined ? createHash("sha256") : createHmac("sha256", toBytes(this.#secret));
    for (const chunk of this.#chunks) hash.update(chunk);
    return hash.digest();
  }
}

function toBytes(secret: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof secret === "string") return Buffer.from(secret);
  if (ArrayBuffer.isView(secret)) return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
  return new Uint8Array(secret);
}
