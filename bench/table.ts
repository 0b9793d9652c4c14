/** Amazon's DynamoDB Local with the store's table in it, and a meter in front of it that counts the capacity that is used. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import type { Grants } from "../protocol/invocation.ts";
import { missingJava, startDynamoDbLocal } from "../test/emulators/dynamodb/dynamodb-local.ts";
import { createTable } from "../test/emulators/dynamodb/table.ts";

/** Request units of on-demand capacity. */
export type Capacity = { readonly reads: number; readonly writes: number };

export type Table = AsyncDisposable & {
  readonly store: NonNullable<Grants["store"]>;
  /** What was used since this was called last. */
  takeUsed(): Capacity;
};

/** US dollars for a million request units, us-east-1 ("Pricing for On-Demand Capacity", November 2024 on). */
const USD_PER_MILLION = { reads: 0.125, writes: 0.625 } as const;

export function costUsd({ reads, writes }: Capacity): number {
  return (reads * USD_PER_MILLION.reads + writes * USD_PER_MILLION.writes) / 1_000_000;
}

const NAME = "agent-claw";
const READS: ReadonlySet<string> = new Set(["GetItem", "BatchGetItem", "Query", "TransactGetItems"]);

/** The engine tells too little for these. */
const TRANSACTION = "TransactWriteItems";

/** Two units for each kilobyte of each item ("DynamoDB read and write operations", transactions). */
function unitsOf(asked: object): number {
  const items = v.parse(transaction, asked).TransactItems;
  const kilobytes = items.map(({ Put }) =>
    Put === undefined ? 1 : Math.ceil(JSON.stringify(Put.Item).length / 1_024),
  );
  return 2 * kilobytes.reduce((total, size) => total + size, 0);
}

const transaction = v.object({
  TransactItems: v.array(v.object({ Put: v.optional(v.object({ Item: v.record(v.string(), v.unknown()) })) })),
});
const units = v.object({ CapacityUnits: v.number() });
const answer = v.object({ ConsumedCapacity: v.optional(v.union([units, v.array(units)])) });

/** Starts it; null, with a line that says why, on a machine without Java. */
export async function startTable(progress: (line: string) => void): Promise<Table | null> {
  const missing = missingJava();
  if (missing !== null) {
    progress(`turn: no figures of DynamoDB: ${missing}`);
    return null;
  }
  await using parts = new AsyncDisposableStack();
  const local = await startDynamoDbLocal();
  parts.defer(() => local.stop());
  await createTable(local.endpoint, NAME);
  const used = { reads: 0, writes: 0 };
  const server = createServer((request, response) => {
    forward(local.endpoint, request, response, used).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  parts.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const running = parts.move();
  return {
    store: { endpoint: `http://127.0.0.1:${address.port}`, region: "us-east-1", table: NAME },
    takeUsed: () => {
      const taken = { ...used };
      Object.assign(used, { reads: 0, writes: 0 });
      return taken;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The engine checks no signatures, so each request can be made to tell what it uses. */
async function forward(
  endpoint: string,
  request: IncomingMessage,
  response: ServerResponse,
  used: { reads: number; writes: number },
): Promise<void> {
  const asked: object = JSON.parse(await text(request));
  const headers = new Headers();
  for (const name of ["content-type", "x-amz-target", "x-amz-date", "authorization"]) {
    headers.set(name, String(request.headers[name] ?? ""));
  }
  const body = JSON.stringify({ ...asked, ReturnConsumedCapacity: "TOTAL" });
  const reply = await fetch(endpoint, { method: "POST", headers, body });
  const replied = await reply.text();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), answer), replied);
  const consumed = parsed.success ? [parsed.output.ConsumedCapacity ?? []].flat() : [];
  const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
  const told = consumed.reduce((total, { CapacityUnits }) => total + CapacityUnits, 0);
  used[READS.has(operation) ? "reads" : "writes"] += operation === TRANSACTION ? unitsOf(asked) : told;
  response.writeHead(reply.status, { "content-type": "application/x-amz-json-1.0" }).end(replied);
}
