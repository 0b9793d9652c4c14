/** Conversations in which nobody may begin a turn now: something works on all of their space, in this instance. */
import type { ConversationKey } from "../../protocol/session-key.ts";

export class ClosedLanes {
  readonly #closed = new Set<ConversationKey>();

  has(conversation: ConversationKey): boolean {
    return this.#closed.has(conversation);
  }

  /** False: somebody else has closed it. */
  close(conversation: ConversationKey): boolean {
    if (this.#closed.has(conversation)) return false;
    this.#closed.add(conversation);
    return true;
  }

  open(conversation: ConversationKey): void {
    this.#closed.delete(conversation);
  }
}
