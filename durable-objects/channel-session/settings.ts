/** What a session remembers of how it is to behave, and where it came from or went. Pure. */
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";

/** When a group message is for us: only when it is addressed to us, or always. */
export type Activation = "mention" | "always";

export type SessionSettings = {
  readonly activation: Activation;
  /** What a group that came from another id remembers; null: its own. */
  readonly conversation: ConversationKey | null;
  /** The ids that the chat had before; a list that lets one of them in lets the chat in. */
  readonly formerChats: readonly string[];
  /** The chat goes on there. */
  readonly movedTo: SessionKey | null;
};

export const DEFAULT_SETTINGS: SessionSettings = {
  activation: "mention",
  conversation: null,
  formerChats: [],
  movedTo: null,
};
