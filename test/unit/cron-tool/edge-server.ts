/** An edge on loopback that answers calls of turns as a test wants it to, and remembers them. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { json } from "node:stream/consumers";
import { close, listen } from "../agent/loopback.ts";

export type Called = { readonly headers: IncomingHttpHeaders; readonly body: Record<string, unknown> };
/** `hang_up`: the connection ends without an answer; `never`: it goes on without one. */
export type Answer =
  | "hang_up"
  | "never"
  | { readonly status: number; readonly body: unknown; readonly location?: string };

export type EdgeServer = {
  readonly url: string;
  readonly calls: readonly Called[];
  /** How the next calls are answered. */
  answer: (call: Called) => Answer;
  close(): Promise<void>;
};

/** An answer to a call that was carried out. */
export function done(result: unknown): Answer {
  return { status: 200, body: { ok: true, result } };
}

export function refused(status: number, code: string, message = `it is ${code}`): Answer {
  return { status, body: { ok: false, error: { code, message } } };
}

const STATUS = { jobs: 0, enabled: 0, running: 0, failing: 0, nextRunAt: null };

export async function startEdge(): Promise<EdgeServer> {
  const calls: Called[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const call: Called = { headers: request.headers, body: body as Record<string, unknown> };
      calls.push(call);
      const answer = edge.answer(call);
      if (answer === "never") return undefined;
      if (answer === "hang_up") return request.socket.destroy();
      const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
      return response
        .writeHead(answer.status, { "content-type": "application/json", location: answer.location ?? "" })
        .end(text);
    });
  });
  const url = `${await listen(server)}/agent/rpc`;
  const edge: EdgeServer = { url, calls, answer: () => done(STATUS), close: () => close(server) };
  return edge;
}
