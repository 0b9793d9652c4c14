import { BACKGROUND_CONTEXT as CONTEXT, insertEntry, setValue, value } from "@earendil-works/pi-agent-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SpaceStore } from "../../../agent-container/src/stores/space-store.ts";
import { type FaultProxy, startFaultProxy } from "../../emulators/dynamodb/fault-proxy.ts";
import { files } from "../workspace/manifest-laws.ts";
import { turnId } from "../workspace/world.ts";
import { AT_ONCE, createDynamoWorld, type DynamoWorld, HAS_DYNAMODB, openSession } from "./dynamo-world.ts";

const SPACE = "group:telegram:-5";
const NOTE = value<string>("test", "note");

describe.skipIf(!HAS_DYNAMODB)("forgetting a space of the table", () => {
  let world: DynamoWorld;
  let proxy: FaultProxy;
  let store: SpaceStore;
  beforeEach(async () => {
    world = await createDynamoWorld();
    proxy = await startFaultProxy(world.endpoint);
    store = world.store({ space: SPACE, endpoint: proxy.endpoint, ...AT_ONCE });
  });
  afterEach(async () => {
    await proxy.stop();
    await world.stop();
  });

  const group = () => world.conversation("telegram:group:-5");
  const topic = () => world.conversation("telegram:group:-5:topic:9");
  const partition = () => `${world.agent}/group_3atelegram_3a-5`;

  /** Leaves something of each kind in the space, and returns the sessions that are open then. */
  async function live() {
    const sessions = [];
    for (const [conversation, epoch] of [
      [group(), 0],
      [group(), 1],
      [topic(), 0],
    ] as const) {
      await store.raiseFence(conversation, 3);
      const session = await openSession(store, { conversation, epoch }, { fence: () => 3 });
      const entries = Array.from({ length: 8 }, (_, at) =>
        insertEntry({ id: `e${String(at)}`, parentId: null, type: "custom", customType: "said" }),
      );
      const writes = [...entries, setValue(NOTE, "what was said")];
      await session.mutate((mutator) => mutator.commit(writes, CONTEXT), CONTEXT);
      sessions.push(session);
    }
    const manifests = await store.openManifests({ conversation: group(), fence: () => 3 }, () => 1_000);
    const move = { turnId: turnId("turn-0001"), from: null, to: files("one"), mine: files("one") };
    await manifests.moveHead("space", move);
    await manifests.saveBranch("space", turnId("turn-0001"), files("two"));
    return sessions;
  }

  it("leaves nothing but fences that are above every turn that has begun, and says how much there was", async () => {
    await live();
    const forgetting = await store.outrunAll(group(), 4);
    expect(await forgetting.empty()).toEqual({ transcripts: 3, files: 1 });
    const left = await world.items(partition());
    expect(left.map(({ sk }) => sk)).toEqual([{ S: `fence/${group()}` }, { S: `fence/${topic()}` }]);
    expect([await store.storedFence(group()), await store.storedFence(topic())]).toEqual([4, 4]);
    expect(await forgetting.empty()).toEqual({ transcripts: 0, files: 0 });
    const again = await store.outrunAll(group(), 4);
    expect(await again.empty()).toEqual({ transcripts: 0, files: 0 });
  });

  it("lets no turn that has begun write again", async () => {
    const sessions = await live();
    await (await store.outrunAll(group(), 4)).empty();
    for (const session of sessions) {
      await expect(session.setValue(NOTE, "late", CONTEXT)).rejects.toMatchObject({ code: "storage_fence_lost" });
    }
    expect(await world.items(partition())).toHaveLength(2);
  });

  it("leaves nothing of a commit that is still being carried out", async () => {
    await store.raiseFence(group(), 1);
    const target = { conversation: group(), epoch: 0 };
    const { storage } = await store.openTranscript(target, { conversation: group(), fence: () => 1 });
    const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let transactions = 0;
    proxy.done = async ({ operation }) => {
      transactions += operation === "TransactWriteItems" ? 1 : 0;
      if (transactions !== 2) return;
      reached.resolve();
      await goOn.promise;
    };
    const entries = Array.from({ length: 110 }, (_, at) =>
      insertEntry({ id: `e${String(at)}`, parentId: null, type: "custom", customType: "said" }),
    );
    const committed = storage.commit(entries, CONTEXT);
    await reached.promise;
    const forgetting = await world.store({ space: SPACE }).outrunAll(group(), 2);
    expect(await forgetting.empty()).toMatchObject({ transcripts: 1 });
    goOn.resolve();
    await committed;
    expect((await world.items(partition())).map(({ sk }) => sk)).toEqual([{ S: `fence/${group()}` }]);
  });

  it("gives up when a turn begins meanwhile, in any conversation of the space", async () => {
    await live();
    const guarded = { code: "storage_unavailable", message: "a turn has begun in the space" };
    const forgetting = await store.outrunAll(group(), 4);
    await store.raiseFence(topic(), 9);
    await expect(forgetting.guard()).rejects.toMatchObject(guarded);
    await expect(forgetting.empty()).rejects.toMatchObject(guarded);
    expect((await world.items(partition())).length).toBeGreaterThan(50);
    const second = await store.outrunAll(group(), 5);
    await store.raiseFence(world.conversation("telegram:group:-5:topic:10"), 1);
    await expect(second.empty()).rejects.toMatchObject(guarded);
    const third = await store.outrunAll(group(), 6);
    await store.raiseFence(group(), 7);
    await expect(third.empty()).rejects.toMatchObject({ code: "storage_fence_lost", passedBy: 7 });
    await expect(store.outrunAll(group(), 6)).rejects.toMatchObject({ code: "storage_fence_lost" });
  });

  it("finds a turn that begins while the others are being outrun", async () => {
    await live();
    let hasBegun = false;
    proxy.done = async ({ operation }) => {
      if (operation !== "Query" || hasBegun) return;
      hasBegun = true;
      await world.store({ space: SPACE }).raiseFence(world.conversation("telegram:group:-5:topic:10"), 1);
    };
    const forgetting = await store.outrunAll(group(), 4);
    await expect(forgetting.empty()).rejects.toMatchObject({ message: "a turn has begun in the space" });
  });

  it.each([
    ["the conversation that is forgotten", group],
    ["another one of the space", topic],
  ])("takes nothing of a turn of %s that begins while it removes", async (_name, conversationOf) => {
    await live();
    const conversation = conversationOf();
    const forgetting = await store.outrunAll(group(), 4);
    let removals = 0;
    proxy.held = async ({ operation }) => {
      removals += operation === "TransactWriteItems" ? 1 : 0;
      if (removals !== 2) return;
      // After the last look at the fences, and before what is to be removed: as an order that arrives late.
      removals += 1;
      const fresh = world.store({ space: SPACE });
      await fresh.raiseFence(conversation, 9);
      const session = await openSession(fresh, { conversation, epoch: 0 }, { fence: () => 9 });
      const entries = Array.from({ length: 8 }, (_, at) =>
        insertEntry({ id: `n${String(at)}`, parentId: null, type: "custom", customType: "said" }),
      );
      await session.mutate((mutator) => mutator.commit([...entries, setValue(NOTE, "new")], CONTEXT), CONTEXT);
    };
    await expect(forgetting.empty()).rejects.toMatchObject({ name: "StorageError" });
    const reader = await openSession(world.store({ space: SPACE }), { conversation, epoch: 0 }, { fence: () => 9 });
    expect((await reader.getValue(NOTE, CONTEXT))?.value).toBe("new");
    const ids = Array.from({ length: 8 }, (_, at) => `n${String(at)}`);
    expect((await reader.getEntries(ids, CONTEXT)).size).toBe(8);
  });

  it("goes on where it broke off, and counts right though answers are lost", async () => {
    await live();
    let asked = 0;
    proxy.fault = ({ operation }) => {
      asked += operation === "UpdateItem" || operation === "TransactWriteItems" ? 1 : 0;
      return operation !== "Query" && asked % 2 === 1 ? "cut_after" : undefined;
    };
    const forgetting = await store.outrunAll(group(), 4);
    expect(await forgetting.empty()).toEqual({ transcripts: 3, files: 1 });
    expect(await world.items(partition())).toHaveLength(2);
  });

  it("touches no other space", async () => {
    const other = world.store();
    await other.raiseFence(world.conversation(), 1);
    const target = { conversation: world.conversation(), epoch: 0 };
    await (await openSession(other, target, { fence: () => 1 })).setValue(NOTE, "kept", CONTEXT);
    await live();
    await (await store.outrunAll(group(), 4)).empty();
    expect(await world.items()).toHaveLength(3);
    expect(await other.storedFence(world.conversation())).toBe(1);
  });
});
