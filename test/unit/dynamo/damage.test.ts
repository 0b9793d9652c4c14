import { BACKGROUND_CONTEXT as CONTEXT, insertEntry, setValue, value } from "@earendil-works/pi-agent-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDynamoWorld, type DynamoWorld, HAS_DYNAMODB } from "./dynamo-world.ts";

const NOTE = value<string>("test", "note");

describe.skipIf(!HAS_DYNAMODB)("an item that cannot be read", () => {
  let world: DynamoWorld;
  beforeEach(async () => {
    world = await createDynamoWorld();
    const { storage } = await open();
    await storage.commit([insertEntry(said("e1")), setValue(NOTE, "kept")], CONTEXT);
  });
  afterEach(() => world.stop());

  function open() {
    const conversation = world.conversation();
    return world.store().openTranscript({ conversation, epoch: 0 }, { conversation, fence: () => 1 });
  }

  const entryKey = () => `t/${world.conversation()}#0/entry/0000000000000001`;
  const entryItem = { v: 1, id: "e1", entry_type: "message", stored_at: 1, body: "{}" };

  it.each([
    ["is no JSON", { body: '{"message":' }],
    ["has lost its text", { body: 0 }],
    ["is of a kind that nobody knows", { entry_type: "song" }],
    ["names blobs that are none", { body: 0, blobs: "[1]" }],
  ])("because it %s says what helps, or at least that it is damaged", async (_, attributes) => {
    await world.put({ sk: entryKey(), ...entryItem, ...attributes });
    const { storage } = await open();
    const damaged = { code: "storage_damaged", retry: "never" };
    await expect(storage.scanBranch({ start: "e1" }, CONTEXT)).rejects.toMatchObject(damaged);
    await expect(storage.getEntries(["e1"], CONTEXT)).rejects.toMatchObject(damaged);
  });

  it("because its parent is gone says what helps", async () => {
    await world.put({ sk: entryKey(), ...entryItem, parent: "e0" });
    const { storage } = await open();
    const message = expect.stringContaining("Send /new");
    await expect(storage.scanBranch({ start: "e1" }, CONTEXT)).rejects.toMatchObject({ message });
  });

  it("because a newer release has written it is refused in one line, and nothing is written over it", async () => {
    const newer = { code: "storage_schema_newer", message: expect.stringContaining("This conversation") };
    const { storage } = await open();
    await world.put({ sk: entryKey(), ...entryItem, v: 2 });
    await world.put({ sk: `t/${world.conversation()}#0/value/test/note`, v: 2, seq: 2, body: '"theirs"' });
    await expect(storage.scanEntries({}, CONTEXT)).rejects.toMatchObject(newer);
    await expect(storage.getValue(NOTE, CONTEXT)).rejects.toMatchObject(newer);
    const head = { sk: `transcript/${world.conversation()}#0`, v: 2, created_at: 1, next_seq: 3, messages: 1 };
    await world.put(head);
    await expect(storage.commit([setValue(NOTE, "ours")], CONTEXT)).rejects.toMatchObject(newer);
    await expect(open()).rejects.toMatchObject(newer);
    const items = await world.items();
    expect(items.find(({ sk }) => JSON.stringify(sk).includes("/value/"))).toMatchObject({ body: { S: '"theirs"' } });
  });
});

function said(id: string) {
  const content = [{ type: "text" as const, text: id }];
  return { id, parentId: null, type: "message" as const, message: { role: "user" as const, content, timestamp: 1 } };
}
