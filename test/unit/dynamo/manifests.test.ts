import { describe, expect, it } from "vitest";
import { formatManifest } from "../../../agent-container/src/workspace/manifest.ts";
import type { ManifestStore } from "../../../agent-container/src/workspace/manifest-store.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { startFaultProxy } from "../../emulators/dynamodb/fault-proxy.ts";
import { askDynamoDb } from "../../emulators/dynamodb/table.ts";
import { describeManifestStore, files } from "../workspace/manifest-laws.ts";
import { turnId } from "../workspace/world.ts";
import { AT_ONCE, createDynamoWorld, type DynamoWorld, HAS_DYNAMODB } from "./dynamo-world.ts";

const TURN = turnId("turn-0001");

if (HAS_DYNAMODB) {
  describeManifestStore("a space's manifests in the table", async () => {
    const world = await createDynamoWorld();
    const conversations = { main: world.conversation(), job: world.conversation("job:a:run:1") };
    return {
      manifests: ({ conversation = "main", fence = 1, now = 1_000 } = {}) =>
        world.store().openManifests({ conversation: conversations[conversation], fence: () => fence }, () => now),
      raise: async (fence) => {
        await world.store().raiseFence(conversations.main, fence);
      },
      stop: () => world.stop(),
    };
  });
}

describe.skipIf(!HAS_DYNAMODB)("a head that is moved", () => {
  /** Runs the work on manifests behind a proxy. */
  async function behindProxy(
    work: (rig: {
      world: DynamoWorld;
      proxy: Awaited<ReturnType<typeof startFaultProxy>>;
      manifests: ManifestStore;
    }) => Promise<void>,
  ): Promise<void> {
    const world = await createDynamoWorld();
    const proxy = await startFaultProxy(world.endpoint);
    const store = world.store({ endpoint: proxy.endpoint, ...AT_ONCE });
    const writer = { conversation: world.conversation(), fence: () => 1 };
    try {
      await work({ world, proxy, manifests: await store.openManifests(writer, () => 1_000) });
    } finally {
      await proxy.stop();
      await world.stop();
    }
  }

  it("is known to be moved when the answer to it was lost, also when somebody else has moved it on", async () => {
    await behindProxy(async ({ world, proxy, manifests }) => {
      const [mine, theirs] = [files("mine"), files("theirs")];
      const writer = { conversation: world.conversation("job:a:run:1"), fence: () => 1 };
      const others = await world.store().openManifests(writer, () => 1_000);
      let writes = 0;
      proxy.fault = ({ operation }) => {
        if (operation !== "TransactWriteItems") return undefined;
        writes += 1;
        return writes === 1 ? "cut_after" : undefined;
      };
      proxy.done = async ({ operation }) => {
        if (operation !== "TransactWriteItems" || writes > 1) return;
        const from = formatManifest(mine).id;
        await others.moveHead("space", { turnId: turnId("turn-0002"), from, to: theirs, mine: theirs });
        // A service that has forgotten the name of the write, as it does after ten minutes.
        proxy.renamed = true;
      };
      const move = { turnId: TURN, from: null, to: mine, mine };
      expect(await manifests.moveHead("space", move)).toEqual({ moved: true, head: formatManifest(mine).id });
      expect(writes).toBe(2);
      expect(await manifests.head("space")).toBe(formatManifest(theirs).id);
    });
  });

  it("is the newest release's alone", async () => {
    await behindProxy(async ({ world, manifests }) => {
      const one = files("one");
      await manifests.moveHead("space", { turnId: TURN, from: null, to: one, mine: one });
      await askDynamoDb(world.endpoint, "UpdateItem", {
        TableName: world.table,
        Key: { pk: { S: `${world.agent}/owner` }, sk: { S: "head/head" } },
        UpdateExpression: "SET v = :v",
        ExpressionAttributeValues: { ":v": { N: "99" } },
      });
      const newer = { code: "storage_schema_newer", message: expect.stringContaining("My workspace") };
      await expect(manifests.head("space")).rejects.toMatchObject(newer);
      const move = { turnId: TURN, from: formatManifest(one).id, to: files("two"), mine: files("two") };
      await expect(manifests.moveHead("space", move)).rejects.toMatchObject(newer);
    });
  });
});

describe.skipIf(!HAS_DYNAMODB)("a turn of another space", () => {
  it("writes nothing where the shared files are", async () => {
    const world = await createDynamoWorld();
    const space = "person:telegram-7";
    const conversation = world.conversation("person:telegram-7");
    const manifests = await world.store({ space }).openManifests({ conversation, fence: () => 1 }, () => 1_000);
    const none = new Map();
    const trees = { shared: { base: none, mine: none }, space: { base: none, mine: files("mine") } };
    const { shared } = await manifests.readCheckpoint(await manifests.saveCheckpoint(TURN, trees));
    expect(await manifests.read("shared", shared.mineId)).toEqual(none);
    expect(await world.items(`${world.agent}/shared`)).toEqual([]);
    await world.stop();
  });

  it("reads the shared tree also when its manifest is too large for an item, and keeps a checkpoint of it", async () => {
    const world = await createDynamoWorld();
    const many = new Map(
      Array.from({ length: 1_500 }, (_, at) => [
        workspacePath(`skills/${"x".repeat(120)}-${String(at)}/SKILL.md`),
        { hash: "a".repeat(64), bytes: 5 },
      ]),
    );
    const owner = { conversation: world.conversation(), fence: () => 1 };
    const own = await world.store().openManifests(owner, () => 1_000);
    const { head } = await own.moveHead("shared", { turnId: TURN, from: null, to: many, mine: many });
    const branch = new Map([...many].slice(1));
    await own.saveBranch("shared", TURN, branch);
    const conversation = world.conversation("telegram:group:-5");
    const group = await world
      .store({ space: "group:telegram:-5" })
      .openManifests({ conversation, fence: () => 1 }, () => 1_000);
    expect(await group.read("shared", head ?? "")).toEqual(many);
    expect(await group.read("shared", formatManifest(branch).id)).toEqual(branch);
    const mine = new Map([...many].slice(2));
    const trees = { shared: { base: many, mine }, space: { base: new Map(), mine: new Map() } };
    const { shared } = await group.readCheckpoint(await group.saveCheckpoint(TURN, trees));
    expect(await group.read("shared", shared.mineId)).toEqual(mine);
    await world.stop();
  });
});
