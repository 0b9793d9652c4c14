/** A request as it came over the wire. The path and the query stay as they were sent: signatures cover that form. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { err, ok, type Result } from "../../protocol/result.ts";

export type RequestHead = {
  readonly method: string;
  /** Never decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
};

export type AwsRequest = RequestHead & { readonly body: Buffer };

/** What stands before the body. */
export function readHead(incoming: IncomingMessage): RequestHead {
  const target = incoming.url ?? "/";
  const mark = target.indexOf("?");
  return {
    method: incoming.method ?? "GET",
    path: mark === -1 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? "" : target.slice(mark + 1)),
    headers: incoming.headers,
  };
}

/** One header's value; several lines of the same header are joined as HTTP says. */
export function header(head: RequestHead, name: string): string | undefined {
  const value = head.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

/** The whole body, or `too_large` as soon as it exceeds `maxBytes`. Throws when the connection is lost. */
export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Result<Buffer, "too_large">> {
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) return err("too_large");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("the stream has an encoding");
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return err("too_large");
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks, bytes));
}
