/** What commands tell of, for tests of what they say. */
import { type Asker } from "../../../durable-objects/channel-session/command-about.ts";
import { type StatusFacts } from "../../../durable-objects/channel-session/command-status.ts";
import { DEFAULT_SETTINGS } from "../../../durable-objects/channel-session/settings.ts";
import { EMPTY_STATE } from "../../../durable-objects/channel-session/turn-state.ts";
import { type Behaviour, type Language, type SessionPolicy } from "../../../protocol/access.ts";
import type { ConversationFacts } from "../../../protocol/conversations.ts";
import { formatConversationKey, formatSessionKey } from "../../../protocol/session-key.ts";
import { MAIN } from "./names.ts";

export const SESSION = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId: "7" });
export const GROUP = formatConversationKey({
  kind: "group",
  agent: "main",
  channel: "telegram",
  chatKind: "group",
  chatId: "-100",
});
export const BEHAVIOUR: Behaviour = {
  model: "anthropic/claude-sonnet-5",
  fallbacks: ["openai/gpt-6"],
  choices: ["openai/gpt-6", "anthropic/claude-haiku-5"],
  aliases: {},
  thinking: "low",
  timezone: "Europe/Berlin",
  language: "auto",
  usage: "off",
  queue: "steer",
  ackReaction: "👀",
  mentionPatterns: null,
};
export const ADMITTED = { kind: "admitted", role: "owner", personId: "telegram-7", conversation: MAIN } as const;
export const IN_GROUP = {
  kind: "group",
  listens: true,
  senders: null,
  owners: ["7"],
  listed: [],
  bots: false,
  activation: "mention",
} as const;
export const POLICY: SessionPolicy = { version: 3, access: ADMITTED, behaviour: BEHAVIOUR };

export function asker(language: Language, role: Asker["role"] = "owner", chat: "direct" | "group" = "direct"): Asker {
  const place =
    chat === "direct" ? ({ kind: chat, id: "7" } as const) : ({ kind: chat, id: "-100", addressed: true } as const);
  return { inbound: { channel: "telegram", chat: place, sender: { id: "7", name: "Ada" } }, role, language };
}

export const ABOUT: ConversationFacts = {
  name: null,
  defaultName: "main",
  epoch: 0,
  beganAt: Date.UTC(2026, 10, 22, 12),
  isFresh: false,
};

export const facts = (changes: Partial<StatusFacts> = {}): StatusFacts => ({
  session: SESSION,
  conversation: MAIN,
  policy: POLICY,
  settings: DEFAULT_SETTINGS,
  role: "owner",
  state: EMPTY_STATE,
  lastUsage: null,
  lastContext: null,
  about: ABOUT,
  jobs: null,
  release: "0123456789abcdef",
  now: 0,
  ...changes,
});

export const USAGE = {
  model: "anthropic/claude-sonnet-5",
  inputTokens: 12_345,
  outputTokens: 67,
  cacheReadTokens: 10_000,
  cacheWriteTokens: 0,
  costUsd: 0.0123,
};
