/** Configurations and people for tests of the directory's pure parts. */
import type { Standing } from "../../../durable-objects/agent-directory/access.ts";
import type { PeerEntry, PersonEntry, Roster } from "../../../durable-objects/agent-directory/roster.ts";
import type { DirectAccess, GroupAccess, Peer } from "../../../protocol/access.ts";
import { type AgentConfig, type ConfigDocument, NO_BUDGET, overDefaults } from "../../../protocol/agent-config.ts";
import { type ChannelId, formatSessionKey, type SessionRef } from "../../../protocol/session-key.ts";
import { policyOf } from "../../../durable-objects/agent-directory/access.ts";

/** What an environment says that sets nothing. */
export const DEFAULTS: AgentConfig = {
  access: { dmPolicy: "pairing", dm: {}, allowFrom: [], groupPolicy: "allowlist", groupAllowFrom: [], groups: {} },
  models: { default: null, fallbacks: [], choices: [], aliases: {}, thinking: "off" },
  messages: { mentionPatterns: null, ackReaction: "👀", language: "auto", usage: "off", queue: "steer" },
  conversations: { dailyReset: null, idleResetMinutes: null },
  heartbeat: { activeHours: null, model: null },
  budget: NO_BUDGET,
  hooks: { mappings: {} },
  timezone: "UTC",
};

export function direct(channel: ChannelId, chatId: string): SessionRef {
  return { agent: "main", channel, chatKind: "direct", chatId };
}

export function group(chatId: string, channel: ChannelId = "telegram"): SessionRef {
  return { agent: "main", channel, chatKind: "group", chatId };
}

/** People by hand: who they are, and which peers they have. */
export type Known = {
  readonly people?: Readonly<Record<string, Partial<PersonEntry>>>;
  readonly peers?: Readonly<Partial<Record<Peer, Pick<PeerEntry, "personId" | "how">>>>;
};

export function standing(document: ConfigDocument, { people = {}, peers = {} }: Known = {}): Standing {
  const session = formatSessionKey(direct("telegram", "1"));
  const entries = (Object.entries(peers) as [Peer, PeerEntry][]).map(
    ([peer, entry]) => [peer, { ...entry, session, at: 1 }] as const,
  );
  const persons = Object.entries(people).map(([id, person]) => [id, { name: id, isFirst: false, ...person }] as const);
  const roster: Roster = { people: new Map(persons), peers: new Map(entries) };
  return { version: 3, config: overDefaults(document, DEFAULTS), roster };
}

export function directAccess(session: SessionRef, now: Standing): DirectAccess {
  const { access } = policyOf(session, now, []);
  if (access.kind === "group") throw new Error("a direct chat is no group");
  return access;
}

export function groupAccess(session: SessionRef, now: Standing, formerChats: readonly string[] = []): GroupAccess {
  const { access } = policyOf(session, now, formerChats);
  if (access.kind !== "group") throw new Error("a group is no direct chat");
  return access;
}
