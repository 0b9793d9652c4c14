/** Hands a request as it came to another server and its answer back, both as streams. */
import { type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { RequestHead } from "../../../local/aws/request.ts";

export type PassOn = {
  readonly incoming: IncomingMessage;
  /** The body, if it was read already. */
  readonly body: Buffer | null;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly url: string;
};

/** Resolves when the answer is over, or was cut on either side. */
export async function passOn({ incoming, body, response, head, url }: PassOn): Promise<void> {
  const { hostname, port } = new URL(url);
  const answered = Promise.withResolvers<IncomingMessage>();
  const onward = ask({ hostname, port, method: head.method, path: incoming.url ?? "/", headers: head.headers });
  onward.once("error", answered.reject);
  onward.once("response", answered.resolve);
  response.once("close", () => onward.destroy());
  if (body === null) incoming.pipe(onward);
  else onward.end(body);
  const answer = await answered.promise;
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  response.flushHeaders();
  await pipeline(answer, response).catch(() => response.destroy());
}
