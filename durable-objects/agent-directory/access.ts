/** What a session must know to decide who may speak in it, from the configuration and the people. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import type { Behaviour, DirectAccess, GroupAccess, Peer, Role, SessionPolicy } from "../../protocol/access.ts";
import type { AgentConfig, DmPolicy, GroupRules } from "../../protocol/agent-config.ts";
import {
  type ConversationKey,
  formatConversationKey,
  namesOfChat,
  parseConversationKey,
  parseSessionKey,
  type SessionKey,
  type SessionRef,
} from "../../protocol/session-key.ts";
import { ownerOf, webPersonId } from "./owner.ts";
import {
  idOn,
  isListed,
  isVouchedFor,
  listedPeers,
  peerOfSession,
  peersOf,
  personOf,
  readPeer,
  type Roster,
} from "./roster.ts";

/** The configuration that counts, and which one it is. */
export type Standing = { readonly version: number; readonly config: AgentConfig; readonly roster: Roster };

/** The policy of a session. `formerChats`: ids that a group had before, the oldest first. */
export function policyOf(session: SessionRef, standing: Standing, formerChats: readonly string[]): SessionPolicy {
  const { version, config } = standing;
  const access =
    session.chatKind === "direct" ? directAccess(session, standing) : groupAccess(session, standing, formerChats);
  return { version, access, behaviour: behaviourOf(config) };
}

/** The policy of a session by its key. Throws if it is none. */
export function policyOfKey(key: SessionKey, standing: Standing, formerChats: readonly string[] = []): SessionPolicy {
  const ref = parseSessionKey(key);
  if (!ref.ok) throw new Error("not a session key");
  return policyOf(ref.value, standing, formerChats);
}

/** Whether a turn of this conversation may begin in a session with this policy. */
export function mayBegin({ access }: SessionPolicy, conversation: ConversationKey): boolean {
  if (access.kind === "group") return access.listens;
  if (access.kind === "tasks") return isTaskConversation(conversation);
  return access.kind === "admitted" && access.conversation === conversation;
}

/** Background work is done in a conversation of its own, or in the owner's. */
function isTaskConversation(conversation: ConversationKey): boolean {
  const ref = parseConversationKey(conversation);
  return ref.ok && (ref.value.kind === "job" || ref.value.kind === "main");
}

function directAccess(session: SessionRef, { config, roster }: Standing): DirectAccess {
  const { agent, channel } = session;
  if (channel === "job") return { kind: "tasks" };
  if (channel === "web") return admitted(agent, webPersonId(config, roster), "owner");
  const policy = config.access.dm[channel] ?? config.access.dmPolicy;
  if (policy === "disabled") return { kind: "ignored", why: "dm_disabled" };
  const personId = personOf(peerOfSession(session), roster);
  if (isLetIn(personId, policy, { config, roster })) {
    return admitted(agent, personId, personId === ownerOf(config, roster) ? "owner" : "person");
  }
  return policy === "pairing" ? { kind: "stranger" } : { kind: "ignored", why: "sender_not_allowed" };
}

/** A list lets only those in whom it names, and their other channels; those who were paired come in where one can pair. */
function isLetIn(
  personId: string,
  policy: Exclude<DmPolicy, "disabled">,
  { config, roster }: Omit<Standing, "version">,
): boolean {
  switch (policy) {
    case "open":
      return true;
    case "allowlist":
      return isListed(personId, config, roster);
    case "pairing":
      return isVouchedFor(personId, config, roster);
    default:
      return assertNever(policy);
  }
}

function admitted(agent: string, personId: string, role: Role): DirectAccess {
  const conversation = formatConversationKey(
    role === "owner" ? { kind: "main", agent } : { kind: "person", agent, personId },
  );
  return { kind: "admitted", role, personId, conversation };
}

function groupAccess(session: SessionRef, { config, roster }: Standing, formerChats: readonly string[]): GroupAccess {
  const { channel } = session;
  // The newest id first: what is said of it counts before what was said of an older one.
  const ids = [...namesOfChat(session), ...formerChats.toReversed()];
  const names: readonly Peer[] = ids.map((id) => `${channel}:${id}` as const);
  const rules: GroupRules = rulesOf(names, config) ?? {};
  const ownerId = ownerOf(config, roster);
  const owners = ownerId === null ? [] : idsOn(session, peersOf(ownerId, config, roster));
  const listed = idsOn(session, listedPeers(config)).filter((id) => !owners.includes(id));
  return {
    kind: "group",
    listens: listensTo(names, config),
    senders: rules.senders ? [...new Set([...owners, ...idsOn(session, rules.senders)])] : null,
    owners,
    listed,
    bots: rules.bots ?? false,
    activation: rules.activation ?? "mention",
  };
}

function listensTo(names: readonly Peer[], { access }: AgentConfig): boolean {
  switch (access.groupPolicy) {
    case "open":
      return true;
    case "disabled":
      return false;
    case "allowlist":
      return names.some((name) => access.groupAllowFrom.includes(name));
    default:
      return assertNever(access.groupPolicy);
  }
}

function rulesOf(names: readonly Peer[], { access }: AgentConfig): GroupRules | undefined {
  const name = names.find((key) => Object.hasOwn(access.groups, key));
  return name === undefined ? undefined : access.groups[name];
}

function idsOn({ channel }: SessionRef, peers: readonly string[]): readonly string[] {
  return peers.flatMap((entry) => {
    const peer = readPeer(entry);
    return (peer && idOn(channel, peer)) ?? [];
  });
}

function behaviourOf({ models, messages, timezone }: AgentConfig): Behaviour {
  const { default: model, fallbacks, choices, aliases, thinking } = models;
  const { language, usage, queue, ackReaction, mentionPatterns } = messages;
  return {
    model,
    fallbacks,
    choices,
    aliases,
    thinking,
    timezone,
    language,
    usage,
    queue,
    ackReaction,
    mentionPatterns,
  };
}
