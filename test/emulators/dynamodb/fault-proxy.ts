/** Stands in front of DynamoDB Local and fails requests as a real service and a real network do. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";

export type Fault =
  /** The service takes no more for the moment; nothing is done. */
  | "throttled"
  /** A cancelled transaction that was in the way of another. */
  | "conflict"
  /** A 500, or no answer at all, before anything is done. */
  | "error_before"
  | "cut_before"
  /** The same after it is done. */
  | "error_after"
  | "cut_after"
  /** The network delivers the request twice. */
  | "twice";

export type Request = { readonly operation: string; readonly body: string };

export type FaultProxy = {
  readonly endpoint: string;
  /** Everything that was asked. */
  readonly requests: Request[];
  /** Asked before each request. */
  fault: (request: Request) => Fault | undefined;
  /** Whether writes reach the service under names of their own, so that it does not know that one is repeated. */
  renamed: boolean;
  /** Called before the request is passed on: it arrives late. */
  held: (request: Request) => Promise<void>;
  /** Called after the request was done, before it is answered. */
  done: (request: Request) => Promise<void>;
  stop(): Promise<void>;
};

const REFUSALS = {
  throttled: {
    __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    message: "The level of configured provisioned throughput for the table was exceeded.",
  },
  conflict: {
    __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    message: "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]",
    CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict", Message: "Transaction is ongoing" }],
  },
} as const;

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const proxy: FaultProxy = {
    endpoint: "",
    requests: [],
    fault: () => undefined,
    renamed: false,
    held: () => Promise.resolve(),
    done: () => Promise.resolve(),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  const forward = async (request: IncomingMessage, body: string) => {
    const headers = new Headers();
    for (const name of ["content-type", "x-amz-target", "x-amz-date", "authorization"]) {
      headers.set(name, String(request.headers[name] ?? ""));
    }
    const sent = proxy.renamed
      ? body.replace(/"ClientRequestToken":"[^"]*"/, `"ClientRequestToken":"${randomUUID()}"`)
      : body;
    const answer = await fetch(target, { method: "POST", headers, body: sent });
    return { status: answer.status, text: await answer.text() };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString();
    const operation = String(request.headers["x-amz-target"]).replace("DynamoDB_20120810.", "");
    const asked = { operation, body };
    proxy.requests.push(asked);
    const fault = proxy.fault(asked);
    if (fault === "cut_before") return void request.socket.destroy();
    if (fault === "error_before") return reply(response, 500, "{}");
    if (fault === "throttled" || fault === "conflict") return reply(response, 400, JSON.stringify(REFUSALS[fault]));
    await proxy.held(asked);
    const done = await forward(request, body);
    if (fault === "twice") await forward(request, body);
    await proxy.done(asked);
    if (fault === "cut_after") return void request.socket.destroy();
    if (fault === "error_after") return reply(response, 500, "{}");
    reply(response, done.status, done.text);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return Object.assign(proxy, { endpoint: `http://127.0.0.1:${String(address.port)}` });
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  response.end(text);
}
