import { BACKGROUND_CONTEXT, insertEntry, setValue, value } from "@earendil-works/pi-agent-core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SpaceStore } from "../../../agent-container/src/stores/space-store.ts";
import { entryOf, type Manifest } from "../../../agent-container/src/workspace/manifest.ts";
import type { ManifestStore } from "../../../agent-container/src/workspace/manifest-store.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { type FaultProxy, startFaultProxy } from "../../emulators/dynamodb/fault-proxy.ts";
import { turnId } from "../workspace/world.ts";
import { AT_ONCE, createDynamoWorld, type DynamoWorld, HAS_DYNAMODB, openSession } from "./dynamo-world.ts";

describe.skipIf(!HAS_DYNAMODB)("a fence in the table", () => {
  let world: DynamoWorld;
  let proxy: FaultProxy;
  let store: SpaceStore;
  beforeEach(async () => {
    world = await createDynamoWorld();
    proxy = await startFaultProxy(world.endpoint);
    store = world.store({ endpoint: proxy.endpoint, ...AT_ONCE });
  });
  afterEach(async () => {
    await proxy.stop();
    await world.stop();
  });

  it("rises, is told the one before, and counts for each conversation by itself", async () => {
    const [main, job] = [world.conversation(), world.conversation("job:a:run:1")];
    expect(await store.storedFence(main)).toBe(0);
    expect(await store.raiseFence(main, 5)).toBe(0);
    expect(await store.raiseFence(main, 5)).toBe(5);
    expect(await store.raiseFence(job, 1)).toBe(0);
    expect(await store.raiseFence(main, 6)).toBe(5);
    await expect(store.raiseFence(main, 4)).rejects.toMatchObject({ code: "storage_fence_lost", passedBy: 6 });
    expect([await store.storedFence(main), await store.storedFence(job)]).toEqual([6, 1]);
  });

  it("refuses to be raised too far above the last one to be true, and stays", async () => {
    const { fenceJumpMax } = RUNTIME_BOUNDS;
    const refused = { code: "storage_fence_refused", retry: "never" };
    const main = world.conversation();
    await expect(store.raiseFence(main, fenceJumpMax + 1)).rejects.toMatchObject(refused);
    await store.raiseFence(main, fenceJumpMax);
    for (const fence of [2 * fenceJumpMax + 1, Number.MAX_SAFE_INTEGER]) {
      await expect(store.raiseFence(main, fence)).rejects.toMatchObject(refused);
    }
    expect(await store.storedFence(main)).toBe(fenceJumpMax);
    await store.raiseFence(main, 2 * fenceJumpMax);
  });

  it("tells the one before also when the answer was lost", async () => {
    await store.raiseFence(world.conversation(), 3);
    let asked = 0;
    proxy.fault = () => {
      asked += 1;
      return asked === 1 ? "cut_after" : undefined;
    };
    expect(await store.raiseFence(world.conversation(), 4)).toBe(3);
    expect(asked).toBe(2);
  });

  it("of a newer release is left alone", async () => {
    await store.raiseFence(world.conversation(), 1);
    await world.put({ sk: `fence/${world.conversation()}`, v: 99, fence: 1 });
    const newer = { code: "storage_schema_newer" };
    await expect(store.storedFence(world.conversation())).rejects.toMatchObject(newer);
    await expect(store.raiseFence(world.conversation(), 2)).rejects.toMatchObject(newer);
    const writer = { conversation: world.conversation(), fence: () => 1 };
    const target = { conversation: world.conversation(), epoch: 0 };
    await expect(store.openTranscript(target, writer)).rejects.toMatchObject(newer);
  });

  it("that a live turn is given does not break the turn, however late the answer is", async () => {
    const conversation = world.conversation();
    await store.raiseFence(conversation, 5);
    let fence = 5;
    let raising: Promise<unknown> = Promise.resolve();
    const writer = { fence: () => fence, settled: () => raising };
    const session = await openSession(store, { conversation, epoch: 0 }, writer);
    const manifests = await store.openManifests({ conversation, ...writer }, () => 1_000);
    const [raised, refused] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let commits = 0;
    proxy.done = async ({ operation }) => {
      if (operation === "TransactWriteItems" && (commits += 1) === 2) refused.resolve();
      if (operation !== "UpdateItem") return;
      raised.resolve();
      await refused.promise;
    };
    raising = store.raiseFence(conversation, 6).then(() => (fence = 6));
    await raised.promise;
    const change = { base: new Map(), mine: new Map() };
    const trees = { shared: change, space: change };
    await Promise.all([
      session.setValue(NOTE, "a result", BACKGROUND_CONTEXT),
      manifests.saveCheckpoint(turnId("turn-0001"), trees),
    ]);
    expect(fence).toBe(6);
    await world.store().raiseFence(conversation, 7);
    const late = session.setValue(NOTE, "late", BACKGROUND_CONTEXT);
    await expect(late).rejects.toMatchObject({ code: "storage_fence_lost", passedBy: 7 });
  });
});

/** What an owner does. `reopen` is a process of its own again, with the same fence. */
const OPERATIONS = ["raise", "reopen", "journal", "journal_many", "checkpoint", "move_head", "save_branch"] as const;
type Operation = (typeof OPERATIONS)[number];
const FENCES = [1, 2, 3] as const;
const NOTE = value<string>("test", "last");

/** One process that has, or had, the conversation. */
class Owner {
  readonly fence: number;
  readonly #world: DynamoWorld;
  #store: SpaceStore;
  #manifests: ManifestStore | undefined;
  #session: Awaited<ReturnType<typeof openSession>> | undefined;
  #writes = 0;

  constructor(world: DynamoWorld, fence: number) {
    this.#world = world;
    this.fence = fence;
    this.#store = world.store(AT_ONCE);
  }

  async do(operation: Operation): Promise<void> {
    this.#writes += 1;
    const turn = turnId(`turn-${String(this.fence).padStart(4, "0")}`);
    switch (operation) {
      case "raise":
        await this.#store.raiseFence(this.#world.conversation(), this.fence);
        return;
      case "reopen":
        this.#store = this.#world.store(AT_ONCE);
        this.#manifests = undefined;
        this.#session = undefined;
        await this.#store.raiseFence(this.#world.conversation(), this.fence);
        return;
      case "journal":
        return this.#journal(1);
      case "journal_many":
        return this.#journal(60);
      case "checkpoint": {
        const change = { base: this.#files("base"), mine: this.#files("mine") };
        await (await this.#manifestStore()).saveCheckpoint(turn, { shared: change, space: change });
        return;
      }
      case "move_head": {
        const manifests = await this.#manifestStore();
        const to = this.#files("head");
        for (const tree of ["shared", "space"] as const) {
          await manifests.moveHead(tree, { turnId: turn, from: await manifests.head(tree), to, mine: to });
        }
        return;
      }
      case "save_branch":
        await (await this.#manifestStore()).saveBranch("space", turn, this.#files("branch"));
        await (await this.#manifestStore()).saveBranch("shared", turn, this.#files("branch"));
    }
  }

  async #journal(length: number): Promise<void> {
    const target = { conversation: this.#world.conversation(), epoch: 0 };
    this.#session ??= await openSession(this.#store, target, { fence: () => this.fence });
    const words = `${String(this.fence)}.${String(this.#writes)}.${String(Math.random())}`;
    const entries = Array.from({ length }, (_, at) =>
      insertEntry({ id: `${words}.${String(at)}`, parentId: null, type: "custom", customType: "answer" }),
    );
    await this.#session.mutate(
      (mutator) => mutator.commit([...entries, setValue(NOTE, words)], BACKGROUND_CONTEXT),
      BACKGROUND_CONTEXT,
    );
  }

  async #manifestStore(): Promise<ManifestStore> {
    const writer = { conversation: this.#world.conversation(), fence: () => this.fence };
    this.#manifests ??= await this.#store.openManifests(writer, () => 1_000);
    return this.#manifests;
  }

  #files(name: string): Manifest {
    const content = `${name} ${String(this.fence)}.${String(this.#writes)}`;
    return new Map([[workspacePath("a.md"), entryOf(new TextEncoder().encode(content))]]);
  }
}

const steps = fc.array(
  fc.record({ owner: fc.integer({ min: 0, max: 2 }), operation: fc.constantFrom(...OPERATIONS) }),
  { minLength: 6, maxLength: 14 },
);

describe.skipIf(!HAS_DYNAMODB)("owners of one conversation", () => {
  it("change nothing in the table once a higher fence was raised, and everything they like until then", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (played) => {
        const world = await createDynamoWorld();
        try {
          await play(world, played);
        } finally {
          await world.stop();
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });
});

async function play(
  world: DynamoWorld,
  played: readonly { readonly owner: number; readonly operation: Operation }[],
): Promise<void> {
  const items = async () => JSON.stringify([await world.items(), await world.items(`${world.agent}/shared`)]);
  const owners = FENCES.map((fence) => new Owner(world, fence));
  let highest = 0;
  for (const { owner: index, operation } of played) {
    const owner = owners[index]!;
    // As in the real thing an owner's first act is to raise its fence.
    if (owner.fence > highest) {
      await owner.do("raise");
      highest = owner.fence;
    }
    const before = owner.fence === highest ? "" : await items();
    const done = await owner.do(operation).then(
      () => "done",
      (error: unknown) => error,
    );
    if (owner.fence === highest) expect(done).toBe("done");
    else {
      expect(done).toMatchObject({ code: "storage_fence_lost", passedBy: highest });
      expect(await items()).toBe(before);
    }
  }
}
