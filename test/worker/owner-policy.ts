/** What the directory says of a private chat of the owner. */
import type { SessionPolicy } from "../../protocol/access.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";

export const OWNER_POLICY: SessionPolicy = {
  version: 0,
  access: {
    kind: "admitted",
    role: "owner",
    personId: "telegram-7",
    conversation: formatConversationKey({ kind: "main", agent: "main" }),
  },
  behaviour: {
    model: null,
    fallbacks: [],
    choices: [],
    aliases: {},
    thinking: "off",
    timezone: "UTC",
    language: "auto",
    usage: "off",
    queue: "steer",
    ackReaction: "👀",
    mentionPatterns: null,
  },
};
