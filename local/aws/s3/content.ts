/** The bytes of a request: without their framing, checked against the checksums that came along. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { AwsError } from "../aws-error.ts";
import { type AwsRequest, header } from "../request.ts";
import { readAwsChunked } from "./aws-chunked.ts";

/** The checksums that are understood, and what they are of a content. */
const CHECKSUMS: readonly (readonly [name: string, actual: (content: Buffer) => string])[] = [
  ["x-amz-checksum-crc32", base64OfCrc32],
  ["x-amz-checksum-sha256", (content) => createHash("sha256").update(content).digest("base64")],
  ["content-md5", (content) => createHash("md5").update(content).digest("base64")],
];

/** The bytes, and how many checksums were stated and hold. Throws `AwsError` for one that does not. */
export function readChecked(request: AwsRequest): { readonly content: Buffer; readonly checksums: number } {
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
