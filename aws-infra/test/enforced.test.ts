import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createS3Client } from "../../agent-container/src/workspace/s3-client.ts";
import { EMPTY_HASH, sha256 } from "../../agent-container/src/workspace/manifest.ts";
import type { ForgetInvocation, ImportInvocation } from "../../protocol/invocation.ts";
import { spaceFolder } from "../../protocol/space.ts";
import { missingJava } from "../../test/emulators/dynamodb/dynamodb-local.ts";
import { askDynamoDb } from "../../test/emulators/dynamodb/table.ts";
import type { Asked } from "../../test/emulators/iam/enforcing-proxy.ts";
import { PROCESS_TEST_MS } from "../../test/unit/agent/eventually.ts";
import { query, resume } from "../../test/unit/agent/invocations.ts";
import { type Script, toolCall } from "../../test/unit/agent/scripted-model.ts";
import { getObject } from "../../worker/agentcore/space-objects.ts";
import { ADA, type EnforcedRun, GROUP, OWNER, runTurn, type SpacePlace, startEnforcedRun } from "./enforced-world.ts";
import { ARNS, createWorld, NAMES } from "./isolation-world.ts";

const missing = missingJava();
if (missing !== null) {
  if (process.env["AGENT_CLAW_REQUIRE_JAVA"]) throw new Error(missing);
  process.stderr.write(`\n*** The run under enforced policies is SKIPPED. ${missing}\n\n`);
}

/** More than fits into one item: it goes to a blob. */
const LARGE = "x".repeat(400_000);

/** Calls one tool after the other, and answers. */
function calling(...calls: readonly (readonly [name: string, input: Parameters<typeof toolCall>[2]])[]): Script {
  return ({ messages }) => {
    const since = messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1);
    const done = since.filter(({ role }) => role === "toolResult").length;
    const next = calls[done];
    return next ? { calls: [toolCall(`c${String(done)}`, next[0], next[1])] } : { text: "Done." };
  };
}

describe.skipIf(missing !== null)("under the policies of the template", { timeout: PROCESS_TEST_MS }, () => {
  let run: EnforcedRun;
  beforeAll(async () => {
    run = await startEnforcedRun();
  }, PROCESS_TEST_MS);
  afterAll(() => run.stop());

  function refusals(): readonly Asked[] {
    return run.proxy.asked.filter(({ decision }) => decision !== "allowed");
  }

  /** What somebody sent, stored as the edge does it. */
  async function attach(place: SpacePlace): Promise<void> {
    const { blobs } = await run.grantsOf(place);
    const body = new TextEncoder().encode("a letter of twenty b");
    const url = createS3Client(() => blobs).urlOf(`main/${spaceFolder(place.space)}/attachments/letter`);
    await createS3Client(() => blobs).send({ method: "PUT", url, contentHash: sha256(body), body });
  }

  const letter = { kind: "document", name: "letter.txt", stored: { name: "letter", bytes: 20 } } as const;

  it("turns of the owner, of a person and of a group do all their work", async () => {
    const owner = run.start(
      calling(
        ["write", { path: "notes/large.md", content: LARGE }],
        ["write", { path: "HEARTBEAT.md", content: "- [ ] water the plants" }],
        ["write", { path: "AGENTS.md", content: "Be kind." }],
        ["read", { path: "SOUL.md" }],
        ["read", { path: "notes/large.md" }],
        ["attach_file", { path: "HEARTBEAT.md" }],
      ),
    );
    const told = await runTurn(owner, await run.turnOf(OWNER));
    expect(told.at(-1)).toMatchObject({ kind: "final", text: "Done." });
    const others = calling(
      ["read", { path: "AGENTS.md" }],
      ["write", { path: "memory/day.md", content: "It rained." }],
      ["edit", { path: "memory/day.md", oldText: "rained", newText: "snowed" }],
    );
    for (const place of [ADA, GROUP]) {
      await attach(place);
      const events = await runTurn(run.start(others), await run.turnOf(place, { attachments: [letter] }));
      expect(events.at(-1)).toMatchObject({ kind: "final", text: "Done." });
      expect(JSON.stringify(events)).not.toContain('"failed"');
    }
    expect(refusals()).toEqual([]);
  });

  it("another process goes on: history, files, a turn that is told again, what is said next", async () => {
    for (const place of [OWNER, ADA, GROUP]) {
      const asked = await run.turnOf(place);
      const first = run.start(calling(["read", { path: "memory/day.md" }]));
      await runTurn(first, asked);
      const second = run.start(calling());
      const again = await runTurn(second, resume(asked, run.nextFence()));
      expect(again.at(-1)).toMatchObject({ kind: "final", text: "Done." });
      for (const ask of [{ what: "history", limit: 20 }, { what: "files" }] as const) {
        expect(await second.call(query(await run.turnOf(place), ask))).toBeDefined();
      }
      expect(await second.call(query(asked, { what: "file", path: "SOUL.md" }))).toMatchObject({
        text: expect.stringContaining("heart"),
      });
    }
    expect(refusals()).toEqual([]);
  });

  it("transcripts are exported and brought into another epoch", async () => {
    for (const place of [OWNER, ADA]) {
      const agent = run.start(calling());
      const asked = await run.turnOf(place);
      const page = await agent.call(query(asked, { what: "transcript", from: 0 }));
      if (typeof page !== "object" || page === null || !("lines" in page) || !Array.isArray(page.lines)) {
        throw new Error("no transcript");
      }
      const { conversation, space, grants } = asked;
      const lines = page.lines.map(String);
      expect(lines.length).toBeGreaterThan(5);
      const fence = run.nextFence();
      const order: ImportInvocation = {
        kind: "import",
        protocol: 1,
        conversation,
        epoch: 7,
        fence,
        space,
        grants,
        lines,
      };
      expect(await agent.call(order)).toBeDefined();
    }
    expect(refusals()).toEqual([]);
  });

  it("a person is forgotten: every version, every row", async () => {
    const asked = await run.turnOf(ADA);
    const order: ForgetInvocation = {
      kind: "forget",
      protocol: 1,
      ...ADA,
      fence: run.nextFence(),
      grants: asked.grants,
    };
    expect(await run.start(calling()).call(order)).toMatchObject({ transcripts: 2 });
    expect(refusals()).toEqual([]);
  });

  it("everything that the data role may do with objects and rows was needed for it", () => {
    const used = new Set(run.proxy.asked.flatMap(({ action, sids }) => sids.map((sid) => `${sid} ${action}`)));
    const granted = createWorld()
      .dataRole.policies.flatMap(({ statements }) => statements)
      .flatMap(({ sid = "", actions }) => actions.patterns.map((action) => `${sid} ${action}`))
      .filter((right) => / (?:s3|dynamodb):/.test(right));
    expect(granted.filter((right) => !used.has(right)).sort()).toEqual([]);
  });

  it("an object that is not there is refused, not absent, and the agent and the edge take it as an object they cannot have", async () => {
    const { blobs } = await run.grantsOf(OWNER);
    const s3 = createS3Client(() => blobs);
    const read = { method: "GET", contentHash: EMPTY_HASH, bytesMax: 10 } as const;
    const url = s3.urlOf("main/owner/blobs/absent");
    await expect(s3.send({ ...read, url })).rejects.toMatchObject({ code: "storage_unavailable" });
    const object = { agent: "main", space: OWNER.space, folder: "blobs", name: "absent" } as const;
    const asked = getObject(blobs, object, AbortSignal.timeout(5_000));
    await expect(asked).rejects.toMatchObject({ name: "StorageError" });
  });

  it("real requests for another space's objects are refused", async () => {
    const { blobs } = await run.grantsOf(ADA);
    const s3 = createS3Client(() => blobs);
    const bytes = new TextEncoder().encode("mine now");
    const deletion = new TextEncoder().encode(
      "<Delete><Object><Key>main/owner/blobs/x</Key></Object><Object><Key>main/owner/y</Key></Object></Delete>",
    );
    const read = { method: "GET", contentHash: EMPTY_HASH, bytesMax: 100_000 } as const;
    const write = { method: "PUT", contentHash: sha256(bytes), body: bytes } as const;
    const bucket = s3.urlOf("").replace(/\/$/, "");
    const requests = [
      ...["main/owner/blobs/x", "main/person_3atelegram-12/blobs/x", "main2/shared/blobs/x", "main//x"].flatMap(
        (key) => [
          { ...read, url: s3.urlOf(key) },
          { ...write, url: s3.urlOf(key) },
        ],
      ),
      { ...read, url: s3.urlOf("main/owner/blobs/x?versionId=1") },
      { ...write, url: s3.urlOf("main/shared/blobs/x") },
      ...["", "&prefix=", "&prefix=main/", "&prefix=main/owner/", "&prefix=main/person_3atelegram-1"].flatMap(
        (prefix) => [
          { ...read, url: `${bucket}?list-type=2${prefix}` },
          { ...read, url: `${bucket}?versions=${prefix}` },
        ],
      ),
      {
        method: "POST",
        url: `${bucket}?delete=`,
        contentHash: sha256(deletion),
        body: deletion,
        bytesMax: 9_000,
      } as const,
    ];
    for (const request of requests) {
      const before = refusals().length;
      await expect(s3.send(request), request.url).rejects.toThrow(/403 to (?:GET|PUT|POST) \(AccessDenied\)/);
      // By the policy: the store behind it has a rule of its own.
      expect(refusals().length, request.url).toBeGreaterThan(before);
    }
  });

  it("real requests for another space's rows, and for the whole table, are refused", async () => {
    const before = run.proxy.asked.length;
    const { credentials } = (await run.grantsOf(ADA)).blobs;
    const TableName = NAMES["AWS::DynamoDB::GlobalTable"];
    const own = { pk: { S: "main/person_3atelegram-1" }, sk: { S: "x" } };
    const other = { pk: { S: "main/owner" }, sk: { S: "x" } };
    const queryOf = (KeyConditionExpression: string) => ({
      TableName,
      KeyConditionExpression,
      ExpressionAttributeNames: { "#p": "pk" },
      ExpressionAttributeValues: { ":p": other.pk },
    });
    const requests: readonly (readonly [string, object])[] = [
      ["GetItem", { TableName, Key: other }],
      ["PutItem", { TableName, Item: other }],
      ["UpdateItem", { TableName, Key: other }],
      ["DeleteItem", { TableName, Key: other }],
      ["BatchGetItem", { RequestItems: { [TableName]: { Keys: [own, other] } } }],
      ["BatchWriteItem", { RequestItems: { [TableName]: [{ PutRequest: { Item: other } }] } }],
      ["Query", queryOf("pk = :p")],
      ["Query", queryOf("#p = :p")],
      [
        "TransactWriteItems",
        { TransactItems: [{ Put: { TableName, Item: own } }, { Put: { TableName, Item: other } }] },
      ],
      ["TransactWriteItems", { TransactItems: [{ ConditionCheck: { TableName, Key: other } }] }],
      ["TransactGetItems", { TransactItems: [{ Get: { TableName, Key: other } }] }],
      ["Scan", { TableName }],
      ["ExecuteStatement", { Statement: `SELECT * FROM "${TableName}" WHERE pk = 'main/person_3atelegram-1'` }],
      ["DescribeTable", { TableName }],
      ["DeleteTable", { TableName }],
      ["GetItem", { TableName: `${TableName}-2`, Key: own }],
    ];
    for (const [operation, input] of requests) {
      const asked = askDynamoDb(run.proxy.url, operation, input, credentials);
      await expect(asked, operation).rejects.toThrow(/AccessDeniedException/);
    }
    expect(run.proxy.asked.slice(before).every(({ tags }) => tags.get("space") === "person_3atelegram-1")).toBe(true);
    expect(ARNS.table).toContain(TableName);
  });
});
