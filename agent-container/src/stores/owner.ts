/** Whose store it is: what a turn may touch follows from its conversation alone. */
import { StorageError } from "../../../protocol/errors.ts";
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import { type SpaceId, spaceOf } from "../../../protocol/space.ts";

export type Owner = { readonly conversation: ConversationKey; readonly space: SpaceId };

/** The agent of the conversation. Throws `StorageError` when the space is not the conversation's own. */
export function agentOf({ conversation, space }: Owner): string {
  const ref = parseConversationKey(conversation);
  if (ref.ok && spaceOf(ref.value) === space) return ref.value.agent;
  throw new StorageError("storage_unavailable", "the space does not belong to the conversation");
}
