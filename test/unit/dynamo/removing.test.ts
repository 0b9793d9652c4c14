import { BACKGROUND_CONTEXT as CONTEXT, insertEntry, setValue, value } from "@earendil-works/pi-agent-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SpaceStore } from "../../../agent-container/src/stores/space-store.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import { AT_ONCE, createDynamoWorld, type DynamoWorld, HAS_DYNAMODB, openSession } from "./dynamo-world.ts";

const NOTE = value<string>("test", "note");

describe.skipIf(!HAS_DYNAMODB)("removing a run of a job from the table", () => {
  let world: DynamoWorld;
  let store: SpaceStore;
  beforeEach(async () => {
    world = await createDynamoWorld();
    store = world.store(AT_ONCE);
  });
  afterEach(() => world.stop());

  async function live(conversation: ConversationKey, entries: number): Promise<void> {
    await store.raiseFence(conversation, 3);
    const session = await openSession(store, { conversation, epoch: 0 }, { fence: () => 3 });
    const written = Array.from({ length: entries }, (_, at) =>
      insertEntry({ id: `e${String(at)}`, parentId: null, type: "custom", customType: "said" }),
    );
    for (let at = 0; at < written.length; at += 20) {
      const writes = [...written.slice(at, at + 20), setValue(NOTE, "what was said")];
      await session.mutate((mutator) => mutator.commit(writes, CONTEXT), CONTEXT);
    }
  }

  it("leaves nothing of it, whatever its length, and all of the others", async () => {
    const [run, longer] = [world.conversation("job:brief:run:1"), world.conversation("job:brief:run:12")];
    await live(run, 130);
    await live(longer, 3);
    const before = await world.items();
    await store.removeConversation(run);
    const left = (await world.items()).map(({ sk }) => JSON.stringify(sk));
    expect(left.filter((sort) => !sort.includes("run:12"))).toEqual([]);
    expect(left).toEqual(before.map(({ sk }) => JSON.stringify(sk)).filter((sort) => sort.includes("run:12")));
    expect(await store.hasTranscript({ conversation: run, epoch: 0 })).toBe(false);
    expect(await store.hasTranscript({ conversation: longer, epoch: 0 })).toBe(true);
    await store.removeConversation(run);
  });
});
