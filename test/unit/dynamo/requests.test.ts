import { createServer, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { Sha256 } from "@aws-crypto/sha256-js";
import { BACKGROUND_CONTEXT as CONTEXT, insertEntry, setValue, value } from "@earendil-works/pi-agent-core";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, it } from "vitest";
import { unitsOf } from "../../../agent-container/src/stores/dynamo/capacity.ts";
import { createDynamoStore } from "../../../agent-container/src/stores/dynamo/dynamo-store.ts";
import type { TableOptions } from "../../../agent-container/src/stores/dynamo/table.ts";
import { Stores } from "../../../agent-container/src/stores/stores.ts";
import { startFaultProxy } from "../../emulators/dynamodb/fault-proxy.ts";
import { close, listen } from "../agent/loopback.ts";
import { CONVERSATION, space } from "../agent/invocations.ts";
import { AT_ONCE, createDynamoWorld, HAS_DYNAMODB } from "./dynamo-world.ts";

type Asked = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** A service that says the same to everything, and what it was asked. */
async function startService(status: number, answer: string) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      asked.push({ headers: request.headers, body: body.toString() });
      response.writeHead(status).end(answer);
    });
  });
  return { url: await listen(server), asked, [Symbol.asyncDispose]: () => close(server) };
}

function storeAt(endpoint: string, keys: { id: string } = { id: "AKIDONE" }, options: TableOptions = AT_ONCE) {
  const grants = () => ({
    blobs: {
      endpoint: "http://127.0.0.1:9",
      region: "us-east-1",
      bucket: "claw",
      credentials: { accessKeyId: keys.id, secretAccessKey: `secret of ${keys.id}`, sessionToken: "token+/=" },
      expiresAt: 0,
    },
    store: { endpoint, region: "eu-central-1", table: "agent-claw" },
  });
  return createDynamoStore({ agent: "main", space: space("owner") }, grants, options);
}

describe("a request to the table", () => {
  it("is signed as AWS's own signer signs it", async () => {
    await using service = await startService(200, "{}");
    await storeAt(service.url).storedFence(CONVERSATION);
    const { headers, body } = service.asked[0]!;
    const signed = /Credential=AKIDONE\/\d+\/eu-central-1\/dynamodb\/aws4_request, SignedHeaders=([^,]+)/.exec(
      headers.authorization ?? "",
    );
    const names = signed?.[1]?.split(";") ?? [];
    expect(names).toEqual(expect.arrayContaining(["host", "x-amz-date", "x-amz-security-token", "x-amz-target"]));
    const credentials = {
      accessKeyId: "AKIDONE",
      secretAccessKey: "secret of AKIDONE",
      sessionToken: "token+/=",
    };
    const signer = new SignatureV4({
      credentials,
      region: "eu-central-1",
      service: "dynamodb",
      sha256: Sha256,
      applyChecksum: false,
    });
    const date = String(headers["x-amz-date"]);
    const again = await signer.sign(
      {
        method: "POST",
        protocol: "http:",
        hostname: String(headers.host),
        path: "/",
        query: {},
        headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
        body,
      },
      { signingDate: new Date(date.replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:")), signableHeaders: new Set(names) },
    );
    expect(headers.authorization).toBe(again.headers["authorization"]);
  });

  it("has the newest credentials of the turn", async () => {
    await using service = await startService(200, "{}");
    const keys = { id: "AKIDONE" };
    const store = storeAt(service.url, keys);
    await store.storedFence(CONVERSATION);
    keys.id = "AKIDTWO";
    await store.storedFence(CONVERSATION);
    const used = service.asked.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1]);
    expect(used).toEqual(["AKIDONE", "AKIDTWO"]);
  });

  it.each([
    [400, { __type: "com.amazon.coral.service#UnrecognizedClientException", message: "AKIDONE is unknown" }, 1],
    [400, { __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", message: "AKIDONE" }, 1],
    [400, { __type: "com.amazonaws.dynamodb.v20120810#ThrottlingException", message: "AKIDONE" }, 8],
    [503, "an error page with AKIDONE", 8],
    [200, "half an ans", 8],
  ] as const)(
    "that is answered with %i %j is unavailable after %i tries, and tells no credential",
    async (status, answer, tries) => {
      await using service = await startService(status, typeof answer === "string" ? answer : JSON.stringify(answer));
      const error = await storeAt(service.url)
        .raiseFence(CONVERSATION, 1)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "storage_unavailable", retry: "after" });
      expect(service.asked).toHaveLength(tries);
      const { stack, message, cause } = error as Error;
      expect(`${String(stack)} ${message} ${JSON.stringify(error)} ${JSON.stringify(cause)}`).not.toContain("AKIDONE");
    },
  );

  it("waits longer and longer between its tries, but never for long", async () => {
    await using service = await startService(500, "");
    const pauses: number[] = [];
    const pause = async (ms: number) => pauses.push(ms);
    await storeAt(service.url, undefined, { pause })
      .storedFence(CONVERSATION)
      .catch(() => undefined);
    expect(pauses).toHaveLength(7);
    for (const [at, ms] of pauses.entries()) expect(ms).toBeLessThanOrEqual(Math.min(50 * 2 ** at, 2_000));
  });
});

describe("the store of a turn", () => {
  it("is refused when the space is not the conversation's own, as on a disk", () => {
    const request = { conversation: CONVERSATION, space: space("person:telegram-7") };
    const store = { endpoint: "http://127.0.0.1:9", region: "us-east-1", table: "agent-claw" };
    const blobs = { ...store, bucket: "claw", credentials: { accessKeyId: "a", secretAccessKey: "b" }, expiresAt: 0 };
    for (const grants of [{ blobs, store }, { blobs }]) {
      expect(() => new Stores("/nowhere").of({ ...request, grants: () => grants })).toThrow(
        expect.objectContaining({ code: "storage_unavailable" }),
      );
    }
  });
});

describe("unitsOf", () => {
  it("takes what the service says, or at least what a transaction cannot be had for less", () => {
    const said = { ConsumedCapacity: [{ TableName: "t", CapacityUnits: 2 }] };
    expect(unitsOf("Query", {}, { ConsumedCapacity: { CapacityUnits: 7.5 } })).toEqual({ read: 7.5, write: 0 });
    expect(unitsOf("UpdateItem", {}, said)).toEqual({ read: 0, write: 2 });
    const put = (bytes: number) => ({ Put: { Item: { body: { S: "x".repeat(bytes) } } } });
    const check = { ConditionCheck: { Key: {} } };
    expect(unitsOf("TransactWriteItems", { TransactItems: [check, put(100), put(3_000)] }, said)).toEqual({
      read: 0,
      write: 2 + 2 + 6,
    });
    const more = { ConsumedCapacity: [{ TableName: "t", CapacityUnits: 40 }] };
    expect(unitsOf("TransactWriteItems", { TransactItems: [check, put(100)] }, more).write).toBe(40);
  });
});

describe.skipIf(!HAS_DYNAMODB)("a transcript of 500 entries", () => {
  it("is read in a few requests, the newest part of it in one, and what it cost is told", async () => {
    const world = await createDynamoWorld();
    const proxy = await startFaultProxy(world.endpoint);
    const conversation = world.conversation();
    const target = { conversation, epoch: 0 };
    const writer = { conversation, fence: () => 1 };
    const seeded = await world.store().openTranscript(target, writer);
    const text = "word ".repeat(400);
    let [id, parentId]: [string, string | null] = ["", null];
    for (let turn = 0; turn < 10; turn += 1) {
      const writes = [];
      for (let step = 0; step < 50; step += 1) {
        id = `e-${String(turn)}-${String(step)}`;
        const content = [{ type: "text" as const, text }];
        writes.push(
          turn === 8 && step === 0
            ? insertEntry({
                id,
                parentId,
                type: "compaction",
                summary: text,
                retainedTail: [],
                tokensBefore: 1,
                fromHook: false,
              })
            : insertEntry({ id, parentId, type: "message", message: { role: "user", content, timestamp: 1 } }),
        );
        parentId = id;
      }
      await seeded.storage.commit([...writes.slice(0, 45), setValue(value("test", "tip"), id)], CONTEXT);
      await seeded.storage.commit(writes.slice(45), CONTEXT);
    }
    let read = 0;
    const options = { endpoint: proxy.endpoint, onConsumed: (units: { read: number }) => (read += units.read) };
    const { storage } = await world.store(options).openTranscript(target, writer);
    proxy.requests.length = 0;
    const newest = await storage.scanBranch({ start: id, stopAtType: "compaction" }, CONTEXT);
    expect(newest).toHaveLength(100);
    expect(proxy.requests.map(({ operation }) => operation)).toEqual(["Query"]);
    proxy.requests.length = 0;
    const old = await world.store(options).openTranscript(target, writer);
    proxy.requests.length = 0;
    expect(await old.storage.scanBranch({ start: "e-0-9" }, CONTEXT)).toHaveLength(10);
    // It is not in the first page, so it is asked for.
    expect(proxy.requests.map(({ operation }) => operation)).toEqual(["Query", "BatchGetItem", "Query"]);
    proxy.requests.length = 0;
    read = 0;
    expect(await storage.scanBranch({ start: id, limit: 3 }, CONTEXT)).toHaveLength(3);
    expect(proxy.requests.map(({ operation }) => operation)).toEqual(["Query"]);
    expect(read).toBeLessThan(30);
    proxy.requests.length = 0;
    read = 0;
    const whole = await storage.scanBranch({ start: id, order: "oldestFirst" }, CONTEXT);
    expect(whole.map((entry) => entry.seq)).toEqual(whole.map((entry) => entry.seq).toSorted((a, b) => a - b));
    expect(whole).toHaveLength(500);
    // DynamoDB cuts pages at 1 MB, and reads 4 KB for a unit.
    expect(proxy.requests.length).toBeLessThan(4);
    expect(read).toBeGreaterThan(250);
    expect(read).toBeLessThan(400);
    await proxy.stop();
    await world.stop();
  });

  it("has its values in one request when several kinds are asked for at once, as at the start of a turn", async () => {
    const world = await createDynamoWorld();
    const proxy = await startFaultProxy(world.endpoint);
    const target = { conversation: world.conversation(), epoch: 0 };
    const writer = { conversation: world.conversation(), fence: () => 1 };
    const { storage } = await world.store({ endpoint: proxy.endpoint }).openTranscript(target, writer);
    const names = ["b", "a", "c", "\ue000", "\u{10000}"];
    const writes = names.flatMap((name) => [
      setValue(value(name, "x"), `${name}x`),
      setValue(value(name, "y"), `${name}y`),
    ]);
    await storage.commit([...writes, setValue(value("bb", "x"), "not asked for")], CONTEXT);
    proxy.requests.length = 0;
    const found = await Promise.all(names.map((name) => storage.scanValues(value<string>(name), CONTEXT)));
    expect(found.map((values) => values.map((stored) => stored.value))).toEqual(
      names.map((name) => [`${name}x`, `${name}y`]),
    );
    expect(proxy.requests.map(({ operation }) => operation)).toEqual(["Query"]);
    const one = await storage.scanValues(value<string>("b", "y"), CONTEXT);
    expect(one.map((stored) => stored.value)).toEqual(["by"]);
    await proxy.stop();
    await world.stop();
  });
});
