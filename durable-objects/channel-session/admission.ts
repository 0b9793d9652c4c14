/** Who may speak, and to which conversation a message belongs. Pure; decided before anything else is stored. */
import { assertNever } from "../../protocol/assert.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, formatConversationKey, type SessionRef } from "../../protocol/session-key.ts";
import type { AccessPolicy } from "../../worker/config.ts";
import { edgeCommandOf } from "./command.ts";
import type { SessionSettings } from "./settings.ts";

export type Admission =
  | { readonly kind: "admitted"; readonly conversation: ConversationKey }
  /** Said in a group that we listen to, but not to us: kept as context for what is. */
  | { readonly kind: "overheard" }
  /** Not from someone we listen to; only its dedupe key is kept. */
  | { readonly kind: "ignored"; readonly why: "dm_disabled" | "group_not_allowed" | "sender_not_allowed" }
  /** A stranger under the pairing policy, who is told how to be let in. */
  | { readonly kind: "stranger"; readonly peer: string };

/** What of a message decides whether it is let in. */
export type Speech = Pick<Inbound, "channel" | "chat" | "sender" | "command">;

/** Applies the access policy to one message. */
export function admit(
  speech: Speech,
  session: SessionRef,
  policy: AccessPolicy,
  settings: Pick<SessionSettings, "activation" | "conversation" | "formerChats">,
): Admission {
  const { channel } = speech;
  if (speech.chat.kind !== "direct") return admitGroup(speech, session, policy, settings);
  if (channel === "web") return admitted(session, "owner");
  const dmPolicy = policy.dm[channel];
  if (dmPolicy === "disabled") return { kind: "ignored", why: "dm_disabled" };
  const peer = peerOf(speech);
  const role = isOwner(speech, policy) ? "owner" : "person";
  if (policy.allowFrom.includes(peer)) return admitted(session, role, speech);
  switch (dmPolicy) {
    case "open":
      return admitted(session, role, speech);
    case "allowlist":
      return { kind: "ignored", why: "sender_not_allowed" };
    case "pairing":
      return { kind: "stranger", peer };
    default:
      return assertNever(dmPolicy);
  }
}

/** Whether we listen to a group at all, under the id that it has or one that it had. */
export function listensToGroup(
  session: SessionRef,
  policy: AccessPolicy,
  { formerChats }: Pick<SessionSettings, "formerChats">,
): boolean {
  if (policy.group !== "allowlist") return policy.group === "open";
  const names = [session.chatId, ...formerChats].map((chatId) => `${session.channel}:${chatId}`);
  return names.some((name) => policy.groupAllowFrom.includes(name));
}

/** Whether somebody is the one whom the assistant works for. */
export function isOwner(speech: Pick<Speech, "channel" | "sender">, policy: AccessPolicy): boolean {
  return speech.channel === "web" || peerOf(speech) === policy.owner;
}

function admitGroup(
  speech: Speech,
  session: SessionRef,
  policy: AccessPolicy,
  settings: Pick<SessionSettings, "activation" | "conversation" | "formerChats">,
): Admission {
  if (!listensToGroup(session, policy, settings)) return { kind: "ignored", why: "group_not_allowed" };
  const isAddressed = speech.chat.kind !== "direct" && speech.chat.addressed;
  if (!isAddressed && settings.activation !== "always" && !isOwnCommand(speech, policy)) return { kind: "overheard" };
  return { kind: "admitted", conversation: settings.conversation ?? groupConversation(session) };
}

/** A command of ours by somebody on the list needs no mention. One of anybody else may be meant for another bot. */
function isOwnCommand(speech: Speech, policy: AccessPolicy): boolean {
  return edgeCommandOf(speech) !== null && policy.allowFrom.includes(peerOf(speech));
}

/** The conversation that a group begins with. */
export function groupConversation({ agent, channel, chatKind, chatId, thread }: SessionRef): ConversationKey {
  const kind = chatKind === "channel" ? "channel" : "group";
  return formatConversationKey({ kind: "group", agent, channel, chatKind: kind, chatId, ...(thread && { thread }) });
}

function admitted(session: SessionRef, role: "owner" | "person", speech?: Speech): Admission {
  const { agent } = session;
  const conversation =
    role === "owner" || !speech
      ? formatConversationKey({ kind: "main", agent })
      : formatConversationKey({ kind: "person", agent, personId: `${speech.channel}-${speech.sender.id}` });
  return { kind: "admitted", conversation };
}

function peerOf({ channel, sender }: Pick<Speech, "channel" | "sender">): string {
  return `${channel}:${sender.id}`;
}
