/** Who may speak, and to which conversation a message belongs. Pure; decided before anything else is stored. */
import { type GroupAccess, isHeardIn, type Role, type SessionPolicy } from "../../protocol/access.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, formatConversationKey, type SessionRef } from "../../protocol/session-key.ts";
import { edgeCommandOf } from "./command.ts";
import type { SessionSettings } from "./settings.ts";

export type Admission =
  | { readonly kind: "admitted"; readonly conversation: ConversationKey; readonly role: Role }
  /** Said in a group that we listen to, but not to us: kept as context for what is. */
  | { readonly kind: "overheard" }
  /** Not from someone we listen to. */
  | { readonly kind: "ignored"; readonly why: IgnoreReason }
  /** May ask to be let in. */
  | { readonly kind: "stranger" };

export type IgnoreReason =
  | "dm_disabled"
  | "group_not_allowed"
  | "sender_not_allowed"
  | "bot_not_allowed"
  /** Bots have kept us busy for too long without a word of a person. */
  | "bot_loop";

/** What of a message decides whether it is let in. */
export type Speech = Pick<Inbound, "chat" | "sender" | "command">;

/** What of the session decides it. */
export type Surroundings = Pick<SessionSettings, "activation" | "conversation"> & {
  /** Turns that bots have caused in a row, lately. */
  readonly botTurns: number;
  /** Whether the text calls us by a name that counts. */
  readonly isCalled: boolean;
};

/** Applies the access policy to one message. */
export function admit(
  speech: Speech,
  session: SessionRef,
  { access }: Pick<SessionPolicy, "access">,
  surroundings: Surroundings,
): Admission {
  switch (access.kind) {
    case "group":
      return admitGroup(speech, session, access, surroundings);
    case "admitted":
      if (speech.sender.isBot) return { kind: "ignored", why: "bot_not_allowed" };
      return { kind: "admitted", conversation: access.conversation, role: access.role };
    case "ignored":
      return { kind: "ignored", why: access.why };
    case "tasks":
      return { kind: "ignored", why: "sender_not_allowed" };
    case "stranger":
      return speech.sender.isBot ? { kind: "ignored", why: "bot_not_allowed" } : { kind: "stranger" };
  }
}

/** Whether we listen to a group at all. */
export function listensToGroup({ access }: Pick<SessionPolicy, "access">): boolean {
  return access.kind === "group" && access.listens;
}

/** What somebody is to the assistant. */
export function roleOf({ id }: Pick<Inbound["sender"], "id">, { access }: Pick<SessionPolicy, "access">): Role {
  if (access.kind === "group") return access.owners.includes(id) ? "owner" : "person";
  return access.kind === "admitted" ? access.role : "person";
}

function admitGroup(speech: Speech, session: SessionRef, access: GroupAccess, surroundings: Surroundings): Admission {
  const { sender } = speech;
  if (!access.listens) return { kind: "ignored", why: "group_not_allowed" };
  if (!isHeardIn(access, sender)) {
    return { kind: "ignored", why: sender.isBot && !access.bots ? "bot_not_allowed" : "sender_not_allowed" };
  }
  if (!isForUs(speech, access, surroundings)) return { kind: "overheard" };
  if (sender.isBot && surroundings.botTurns >= ACCESS_BOUNDS.botTurnsMax) return { kind: "ignored", why: "bot_loop" };
  const conversation = surroundings.conversation ?? groupConversation(session);
  return { kind: "admitted", conversation, role: roleOf(sender, { access }) };
}

function isForUs(speech: Speech, access: GroupAccess, { activation, isCalled }: Surroundings): boolean {
  const { chat } = speech;
  if ((chat.kind !== "direct" && chat.addressed) || isCalled) return true;
  return (activation ?? access.activation) === "always" || isOwnCommand(speech, access);
}

/** A command of ours by somebody on the list needs no mention. One of anybody else may be meant for another bot. */
function isOwnCommand(speech: Speech, { owners, listed }: GroupAccess): boolean {
  const { id } = speech.sender;
  return edgeCommandOf(speech) !== null && (owners.includes(id) || listed.includes(id));
}

/** The conversation that a group begins with. */
export function groupConversation({ agent, channel, chatKind, chatId, thread }: SessionRef): ConversationKey {
  const kind = chatKind === "channel" ? "channel" : "group";
  return formatConversationKey({ kind: "group", agent, channel, chatKind: kind, chatId, ...(thread && { thread }) });
}
