import {
  appendList,
  deleteList,
  insertEntry,
  list,
  type Storage,
  setValue,
  value,
  type Write,
} from "@earendil-works/pi-agent-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import { type FaultProxy, startFaultProxy } from "../../emulators/dynamodb/fault-proxy.ts";
import { turnId } from "../workspace/world.ts";
import {
  AT_ONCE,
  BACKGROUND_CONTEXT as CONTEXT,
  createDynamoWorld,
  type DynamoWorld,
  HAS_DYNAMODB,
} from "./dynamo-world.ts";

const NOTE = value<string>("test", "note");
const LIST = list<number>("test", "list");
/** More than a transaction of DynamoDB takes. */
const MANY = 130;

describe.skipIf(!HAS_DYNAMODB)("what is too large for the table", () => {
  let world: DynamoWorld;
  let proxy: FaultProxy;
  beforeEach(async () => {
    world = await createDynamoWorld();
    proxy = await startFaultProxy(world.endpoint);
  });
  afterEach(async () => {
    await proxy.stop();
    await world.stop();
  });

  async function open(fence = 1, endpoint = proxy.endpoint): Promise<Storage> {
    const conversation = world.conversation();
    const store = world.store({ endpoint, ...AT_ONCE });
    return (await store.openTranscript({ conversation, epoch: 0 }, { conversation, fence: () => fence })).storage;
  }

  /** Reads as a process of its own. */
  const reopened = () => open(0, world.endpoint);

  it("keeps an entry of 450 KB as a blob of the space, and reads it back as it was", async () => {
    const text = "ä→𝄞 ".repeat(45_000);
    const storage = await open();
    await storage.commit([message("e1", null, text), setValue(NOTE, text)], CONTEXT);
    await storage.commit([message("e2", "e1", "short")], CONTEXT);
    const blobs = [...world.s3.objects].map(([key, content]) => [key.slice(0, key.lastIndexOf("/")), content.length]);
    expect(blobs).toHaveLength(2);
    for (const [key, bytes] of blobs) {
      expect(key).toBe(`/claw/${world.agent}/owner/blobs`);
      expect(bytes).toBeGreaterThan(400_000);
    }
    const other = await reopened();
    const branch = await other.scanBranch({ start: "e2" }, CONTEXT);
    expect(branch.map(textOf)).toEqual(["short", text]);
    expect(textOf((await other.getEntries(["e1"], CONTEXT)).get("e1"))).toBe(text);
    expect((await other.getValue(NOTE, CONTEXT))?.value).toBe(text);
    expect((await other.scanValues(NOTE, CONTEXT)).map((stored) => stored.value)).toEqual([text]);
  });

  it("keeps an entry of more than the largest file of a workspace", async () => {
    const text = "x".repeat(WORKSPACE_BOUNDS.fileMaxBytes + 1_000_000);
    await (await open()).commit([message("e1", null, text)], CONTEXT);
    expect(world.s3.objects.size).toBe(2);
    const [entry] = (await (await reopened()).getEntries(["e1"], CONTEXT)).values();
    expect(textOf(entry) === text).toBe(true);
  });

  it("stores nothing of a turn that was passed, neither of its words nor of its files", async () => {
    const conversation = world.conversation();
    const storage = await open();
    const store = world.store();
    const manifests = await store.openManifests({ conversation, fence: () => 1 }, () => 1_000);
    await store.raiseFence(conversation, 2);
    const lost = { code: "storage_fence_lost", passedBy: 2 };
    const big = message("e1", null, "x".repeat(400_000));
    await expect(storage.commit([big], CONTEXT)).rejects.toMatchObject(lost);
    const many = Array.from({ length: MANY }, (_, at) => message(`m${String(at)}`, null, "short"));
    await expect(storage.commit(many, CONTEXT)).rejects.toMatchObject(lost);
    const to = new Map(
      Array.from({ length: 2_000 }, (_, at) => [
        workspacePath(`memory/${"x".repeat(120)}-${String(at)}.md`),
        { hash: "a".repeat(64), bytes: 5 },
      ]),
    );
    const move = { turnId: turnId("turn-0001"), from: null, to, mine: to };
    await expect(manifests.moveHead("space", move)).rejects.toMatchObject(lost);
    expect([...world.s3.objects.keys()]).toEqual([]);
  });

  it("stores the blob before anything names it, and nothing at all when it cannot be stored", async () => {
    const storage = await open();
    world.s3.failures.push(403);
    const big = message("e1", null, "x".repeat(400_000));
    await expect(storage.commit([big], CONTEXT)).rejects.toMatchObject({ code: "storage_unavailable" });
    expect((await (await reopened()).getEntries(["e1"], CONTEXT)).size).toBe(0);
    await storage.commit([big], CONTEXT);
    expect((await (await reopened()).getEntries(["e1"], CONTEXT)).size).toBe(1);
  });

  it("commits more entries at once than a transaction takes, and the next commit comes after them", async () => {
    const storage = await open();
    await storage.commit([setValue(NOTE, "before"), appendList(LIST, 1)], CONTEXT);
    const result = await storage.commit([...chain(MANY), setValue(NOTE, "with"), deleteList(LIST)], CONTEXT);
    expect(result).toMatchObject({ firstSeq: 3, stats: { messageCount: MANY } });
    await storage.commit([message("after", `e${String(MANY - 1)}`), appendList(LIST, 2)], CONTEXT);
    const other = await reopened();
    expect(await other.scanBranch({ start: "after" }, CONTEXT)).toHaveLength(MANY + 1);
    expect((await other.getValue(NOTE, CONTEXT))?.value).toBe("with");
    expect((await other.readList(LIST, undefined, CONTEXT)).map((element) => element.value)).toEqual([2]);
    expect((await other.getStats(CONTEXT)).messageCount).toBe(MANY + 1);
  });

  it("commits more than 4 MB at once", async () => {
    const texts = Array.from({ length: 16 }, (_, at) => String(at).padEnd(290_000, "x"));
    const writes = texts.map((text, at) => message(`e${String(at)}`, at === 0 ? null : `e${String(at - 1)}`, text));
    await (await open()).commit(writes, CONTEXT);
    const entries = await (await reopened()).scanEntries({ order: "asc" }, CONTEXT);
    expect(entries.map(textOf)).toEqual(texts);
  });

  it("refuses an id that is known and a parent that is not, also among many", async () => {
    const storage = await open();
    await storage.commit([message("e7", null)], CONTEXT);
    await expect(storage.commit(chain(MANY), CONTEXT)).rejects.toThrow("Duplicate");
    const orphans = chain(MANY, "f").with(50, message("orphan", "nobody"));
    await expect(storage.commit(orphans, CONTEXT)).rejects.toThrow("Missing parent");
    expect((await (await reopened()).scanEntries({}, CONTEXT)).map(({ id }) => id)).toEqual(["e7"]);
  });

  it("is all there or not at all, wherever the process that commits it dies", async () => {
    const writes = [...chain(MANY), setValue(NOTE, "new")];
    const counted = await deathAt(Number.POSITIVE_INFINITY);
    // The transaction that decides, those that carry it out, and the one that says that it is done.
    expect(counted).toBe(5);
    for (let step = 1; step <= counted; step += 1) {
      await proxy.stop();
      await world.stop();
      world = await createDynamoWorld();
      proxy = await startFaultProxy(world.endpoint);
      await deathAt(step);
      const fence = await world.store().raiseFence(world.conversation(), 2);
      expect(fence).toBe(1);
      const next = await open(2, world.endpoint);
      const found = await next.scanEntries({ order: "asc" }, CONTEXT);
      expect([step, found.length]).toEqual([step, step === 1 ? 0 : MANY]);
      expect((await next.getValue(NOTE, CONTEXT))?.value).toBe(step === 1 ? "old" : "new");
      await next.commit([message("next", found.at(-1)?.id ?? null)], CONTEXT);
      expect((await next.getStats(CONTEXT)).messageCount).toBe(found.length + 1);
    }

    /** The process does not get beyond the n-th transaction of its commit. Returns how many it needs. */
    async function deathAt(step: number): Promise<number> {
      await world.store().raiseFence(world.conversation(), 1);
      const storage = await open(1);
      await storage.commit([setValue(NOTE, "old")], CONTEXT);
      let transactions = 0;
      let isDead = false;
      proxy.fault = ({ operation }) => {
        if (operation === "TransactWriteItems") transactions += 1;
        isDead ||= transactions >= step;
        return isDead ? "cut_before" : undefined;
      };
      await storage.commit(writes, CONTEXT).catch(() => undefined);
      proxy.fault = () => undefined;
      return transactions;
    }
  });

  it("that a process of an old fence is still carrying out changes nothing of what came after it", async () => {
    const store = world.store();
    await store.raiseFence(world.conversation(), 1);
    const old = await open(1);
    await old.commit([setValue(NOTE, "first")], CONTEXT);
    let transactions = 0;
    const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    proxy.fault = ({ operation }) => {
      if (operation === "TransactWriteItems") transactions += 1;
      return undefined;
    };
    proxy.done = async () => {
      if (transactions !== 2) return;
      reached.resolve();
      await goOn.promise;
    };
    const committed = old.commit([...chain(MANY), setValue(NOTE, "second")], CONTEXT);
    await reached.promise;
    await store.raiseFence(world.conversation(), 2);
    const next = await open(2, world.endpoint);
    expect((await next.getValue(NOTE, CONTEXT))?.value).toBe("second");
    await next.commit([setValue(NOTE, "third"), message("next", `e${String(MANY - 1)}`)], CONTEXT);
    goOn.resolve();
    // It was decided before the fence was raised, so it counts.
    expect((await committed).firstSeq).toBe(2);
    await expect(old.commit([setValue(NOTE, "late")], CONTEXT)).rejects.toMatchObject({ code: "storage_fence_lost" });
    const after = await reopened();
    expect((await after.getValue(NOTE, CONTEXT))?.value).toBe("third");
    expect(await after.scanBranch({ start: "next" }, CONTEXT)).toHaveLength(MANY + 1);
  });
});

function message(id: string, parentId: string | null, text = id): Write {
  return insertEntry({
    id,
    parentId,
    type: "message",
    message: { role: "user", content: [{ type: "text", text }], timestamp: 1 },
  });
}

/** Entries each of which answers the one before. */
function chain(length: number, name = "e"): Write[] {
  return Array.from({ length }, (_, at) =>
    message(`${name}${String(at)}`, at === 0 ? null : `${name}${String(at - 1)}`),
  );
}

function textOf(entry: unknown): string {
  const { message: said } = entry as { message: { content: readonly { text: string }[] } };
  return said.content[0]?.text ?? "";
}
