/** Stands between an agent and a model on loopback, and keeps the bodies of all requests as they were. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { close, listen } from "./loopback.ts";

export type RecordingProxy = { readonly url: string; readonly bodies: string[]; close(): Promise<void> };

/** Passes everything on to `target`. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      bodies.push(body);
      const headers = { "content-type": request.headers["content-type"] ?? "application/json" };
      const answer = await fetch(`${target}${request.url ?? ""}`, { method: request.method ?? "POST", headers, body });
      const type = answer.headers.get("content-type") ?? "text/plain";
      response.writeHead(answer.status, { "content-type": type });
      response.end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  return { url: await listen(server), bodies, close: () => close(server) };
}
