/** Removes what the table has of a conversation that is over for good. Its large texts are blobs, and stay. */
import { StorageError } from "../../../../protocol/errors.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import type { FencePlace } from "./fences.ts";
import type { Key } from "./item.ts";
import { conversationPrefixes, fenceKey } from "./keys.ts";
import { newName } from "./new-name.ts";
import { keyOf, type Table } from "./table.ts";

/** As `SpaceStore.removeConversation` has it. */
export async function removeConversation(table: Table, { partition, conversation }: FencePlace): Promise<void> {
  for (const prefix of conversationPrefixes(conversation)) {
    for await (const page of table.query({ partition, sorts: { prefix }, only: ["pk", "sk"] })) {
      await removeKeys(table, page.map(keyOf));
    }
  }
  await removeKeys(table, [fenceKey(partition, conversation)]);
}

async function removeKeys(table: Table, keys: readonly Key[]): Promise<void> {
  const { transactionItemsMax } = TABLE_BOUNDS;
  for (let at = 0; at < keys.length; at += transactionItemsMax) {
    const deletes = keys.slice(at, at + transactionItemsMax).map((key) => ({ kind: "delete", key }) as const);
    const outcome = await table.transact(deletes, newName());
    if (outcome.kind === "refused") throw new StorageError("storage_unavailable", "the table refused to remove items");
  }
}
