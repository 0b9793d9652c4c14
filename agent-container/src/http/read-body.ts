/** Reads a request body up to a limit. */
import type { IncomingMessage } from "node:http";
import { err, ok, type Result } from "../../../protocol/result.ts";

/** The whole body as text; never buffers more than `maxBytes`. Rejects only when the connection breaks. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Result<string, "too_large">> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return err("too_large");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) return err("too_large");
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks).toString("utf8"));
}
