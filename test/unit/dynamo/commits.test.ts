import { insertEntry, insertUsage, type Storage, setValue, value, type Write } from "@earendil-works/pi-agent-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTurnSession } from "../../../agent-container/src/stores/open-session.ts";
import { WarmSessions } from "../../../agent-container/src/stores/warm-sessions.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../../emulators/dynamodb/fault-proxy.ts";
import {
  AT_ONCE,
  BACKGROUND_CONTEXT as CONTEXT,
  createDynamoWorld,
  type DynamoWorld,
  HAS_DYNAMODB,
} from "./dynamo-world.ts";

const NOTE = value<string>("test", "note");

describe.skipIf(!HAS_DYNAMODB)("a commit", () => {
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

  /** The transcript as a process opens it that goes through the proxy. */
  async function open(writer: { fence?: number; nextSeq?: number; conversation?: string } = {}): Promise<Storage> {
    const conversation = world.conversation(writer.conversation ?? "main");
    const { fence = 1, nextSeq = null } = writer;
    const target = { conversation, fence: () => fence, nextSeq: () => nextSeq };
    const store = world.store({ endpoint: proxy.endpoint, ...AT_ONCE });
    return (await store.openTranscript({ conversation, epoch: 0 }, target)).storage;
  }

  /** What is stored, read by somebody whom nothing disturbs. */
  async function stored(conversation = world.conversation()): Promise<readonly string[]> {
    const target = { conversation, fence: () => 0 };
    const { storage } = await world.store().openTranscript({ conversation, epoch: 0 }, target);
    return (await storage.scanEntries({ order: "asc" }, CONTEXT)).map(({ id }) => id);
  }

  /** Fails the n-th transaction from now, and those after it as long as there are faults. */
  function fail(...faults: readonly Fault[]): { count: number } {
    const seen = { count: 0 };
    proxy.fault = ({ operation }) => {
      if (operation !== "TransactWriteItems") return undefined;
      seen.count += 1;
      return faults[seen.count - 1];
    };
    return seen;
  }

  it.each([
    ["is throttled", ["throttled", "throttled", "conflict"]],
    ["fails before it is carried out", ["error_before", "cut_before"]],
    ["is carried out, but the answer is an error", ["error_after"]],
    ["is carried out, but no answer comes", ["cut_after"]],
    ["is carried out without an answer, and is in its own way then", ["cut_after", "conflict", "cut_after"]],
    ["is delivered twice", ["twice", "twice"]],
  ] as const)("that %s is stored once", async (_, faults) => {
    const storage = await open();
    fail(...faults);
    const first = await storage.commit([entry("e1", null), setValue(NOTE, "one"), usage("u1")], CONTEXT);
    const second = await storage.commit([entry("e2", "e1")], CONTEXT);
    expect([first.firstSeq, second.firstSeq]).toEqual([1, 4]);
    expect(second.stats).toMatchObject({ messageCount: 2, usage: { input: 1 } });
    expect(await stored()).toEqual(["e1", "e2"]);
  });

  it("of a process that has just begun does not go over what another one wrote under the same fence", async () => {
    const conversation = world.conversation();
    const begin = () => {
      const transcript = { conversation, epoch: 0 };
      const [fence, settled] = [() => 5, () => Promise.resolve()];
      const warm = new WarmSessions();
      return openTurnSession({ store: world.store(), transcript, fence, settled, fenceBefore: 5, warm });
    };
    const [first, second] = [await begin(), await begin()];
    expect((await second.session.getValue(NOTE, CONTEXT))?.value).toBeUndefined();
    await first.session.setValue(NOTE, "first", CONTEXT);
    await first.flush();
    const late = second.session.setValue(NOTE, "second", CONTEXT).then(() => second.flush());
    await expect(late).rejects.toMatchObject({ code: "storage_unavailable" });
    await first.session.setValue(NOTE, "and on", CONTEXT);
    await first.flush();
  });

  it("is found by its name when its answer was lost and the service no longer knows that it is repeated", async () => {
    const storage = await open();
    const seen = fail("cut_after");
    proxy.done = async () => {
      proxy.renamed = true;
    };
    const result = await storage.commit([entry("e1", null)], CONTEXT);
    expect([seen.count, result.firstSeq]).toEqual([2, 1]);
    await storage.commit([entry("e2", "e1")], CONTEXT);
    expect(await stored()).toEqual(["e1", "e2"]);
  });

  it("that never gets an answer is refused, and the next one goes on from what is stored", async () => {
    const storage = await open();
    fail(...Array.from({ length: 8 }, () => "cut_after" as const));
    const unavailable = { code: "storage_unavailable", retry: "after" };
    await expect(storage.commit([entry("e1", null)], CONTEXT)).rejects.toMatchObject(unavailable);
    const { firstSeq, stats } = await storage.commit([entry("e2", "e1")], CONTEXT);
    expect([firstSeq, stats.messageCount]).toEqual([2, 2]);
    expect(await stored()).toEqual(["e1", "e2"]);
  });

  it("ends with storage_unavailable when the table takes nothing for long, and leaves nothing behind", async () => {
    const storage = await open();
    proxy.fault = () => "throttled";
    const unavailable = { code: "storage_unavailable", retry: "after" };
    await expect(storage.commit([entry("e1", null)], CONTEXT)).rejects.toMatchObject(unavailable);
    proxy.fault = () => undefined;
    expect(await stored()).toEqual([]);
    await storage.commit([entry("e1", null)], CONTEXT);
    expect(await stored()).toEqual(["e1"]);
  });

  it("is refused once a later fence was raised, whatever became of the tries before", async () => {
    const storage = await open();
    await storage.commit([entry("e1", null)], CONTEXT);
    fail("cut_before");
    proxy.done = async () => undefined;
    await world.store().raiseFence(world.conversation(), 7);
    const lost = { code: "storage_fence_lost", passedBy: 7, retry: "never" };
    await expect(storage.commit([entry("e2", "e1")], CONTEXT)).rejects.toMatchObject(lost);
    await expect(storage.commit([], CONTEXT)).rejects.toMatchObject(lost);
    await expect(open()).resolves.toBeDefined();
    expect(await stored()).toEqual(["e1"]);
  });

  it("that was stored before the fence was raised counts, though its answer was lost", async () => {
    const storage = await open();
    fail("cut_after");
    proxy.done = async () => {
      proxy.renamed = true;
      await world.store().raiseFence(world.conversation(), 2);
    };
    expect((await storage.commit([entry("e1", null)], CONTEXT)).firstSeq).toBe(1);
    await expect(storage.commit([entry("e2", "e1")], CONTEXT)).rejects.toMatchObject({ code: "storage_fence_lost" });
    expect(await stored()).toEqual(["e1"]);
  });

  it("is refused when somebody else has written since the writer last looked", async () => {
    const counting = { next: 1 };
    const conversation = world.conversation();
    const writer = { conversation, fence: () => 1, nextSeq: () => counting.next };
    const { storage } = await world.store().openTranscript({ conversation, epoch: 0 }, writer);
    await storage.commit([entry("e1", null)], CONTEXT);
    const other = await open();
    await other.commit([entry("o1", "e1")], CONTEXT);
    counting.next = 2;
    const unavailable = { code: "storage_unavailable", message: "somebody else has written to this conversation" };
    await expect(storage.commit([entry("e2", "e1")], CONTEXT)).rejects.toMatchObject(unavailable);
    counting.next = 3;
    await storage.commit([entry("e3", "o1")], CONTEXT);
    await other.commit([entry("o2", "e3")], CONTEXT);
    // Told of by somebody else, it is seen at once.
    counting.next = 5;
    await storage.commit([entry("e4", "o2")], CONTEXT);
    expect(await stored()).toEqual(["e1", "o1", "e3", "o2", "e4"]);
  });

  it("comes after what others have written when the writer counts on nothing", async () => {
    const [one, two] = await Promise.all([open(), open()]);
    await one.commit([entry("a1", null)], CONTEXT);
    await two.commit([entry("b1", "a1")], CONTEXT);
    await one.commit([entry("a2", "b1")], CONTEXT);
    expect(await stored()).toEqual(["a1", "b1", "a2"]);
  });

  it("of one conversation is in the way of no other: 50 at once, with failures of every kind", async () => {
    const faults = [
      "throttled",
      "cut_after",
      "conflict",
      "error_after",
      "twice",
      "cut_before",
      "error_before",
    ] as const;
    const tries = new Map<string, number>();
    proxy.fault = ({ operation, body }) => {
      const before = tries.get(body) ?? 0;
      tries.set(body, before + 1);
      const isSpared = operation === "Query" || before % 3 === 2 || tries.size % 3 === 0;
      return isSpared ? undefined : faults[(tries.size + before) % faults.length];
    };
    const conversations = Array.from({ length: 50 }, (_, at) => `job:a:run:${String(at)}`);
    const ids = Array.from({ length: 4 }, (_, at) => `e${String(at)}`);
    await Promise.all(
      conversations.map(async (conversation) => {
        const counting = { next: 1 };
        const target = { conversation: world.conversation(conversation), fence: () => 1, nextSeq: () => counting.next };
        const store = world.store({ endpoint: proxy.endpoint });
        await store.raiseFence(target.conversation, 1);
        const { storage } = await store.openTranscript({ conversation: target.conversation, epoch: 0 }, target);
        for (const [at, id] of ids.entries()) {
          const writes = [entry(id, ids[at - 1] ?? null), setValue(NOTE, id), usage(`u-${id}`)];
          await storage.commit(writes, CONTEXT);
          counting.next += writes.length;
        }
      }),
    );
    expect(proxy.requests.length).toBeGreaterThan(50 * 6);
    const found = await Promise.all(conversations.map((conversation) => stored(world.conversation(conversation))));
    expect(found).toEqual(conversations.map(() => ids));
  });
});

function entry(id: string, parentId: string | null, text = id): Write {
  const content = [{ type: "text" as const, text }];
  return insertEntry({ id, parentId, type: "message", message: { role: "user", content, timestamp: 1 } });
}

function usage(id: string): Write {
  const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
  const tokens = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, totalTokens: 2, cost };
  return insertUsage({ id, usage: tokens, adjustment: false });
}
