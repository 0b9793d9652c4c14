/** Takes the `aws-chunked` framing off a body (STREAMING-UNSIGNED-PAYLOAD-TRAILER). Pure. */
import { err, ok, type Result } from "../../../protocol/result.ts";

export type Unframed = { readonly content: Buffer; readonly trailers: ReadonlyMap<string, string> };

/** Reads `<hex size>[;extension]\r\n<bytes>\r\n` up to the chunk of size 0, then the trailers. */
export function readAwsChunked(framed: Buffer): Result<Unframed, "malformed_chunks"> {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = framed.indexOf("\r\n", at);
    if (lineEnd === -1) return err("malformed_chunks");
    const size = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(framed.toString("latin1", at, lineEnd))?.[1];
    if (size === undefined) return err("malformed_chunks");
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) return ok({ content: Buffer.concat(parts), trailers: readTrailers(framed.subarray(start)) });
    if (framed.toString("latin1", end, end + 2) !== "\r\n") return err("malformed_chunks");
    parts.push(framed.subarray(start, end));
    at = end + 2;
  }
}

function readTrailers(lines: Buffer): Map<string, string> {
  const trailers = new Map<string, string>();
  for (const line of lines.toString("latin1").split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return trailers;
}
