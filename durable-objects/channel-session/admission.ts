/** Who may speak, and to which conversation a message belongs. Pure; decided before anything else is stored. */
import { assertNever } from "../../protocol/assert.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, formatConversationKey, type SessionRef } from "../../protocol/session-key.ts";
import type { AccessPolicy } from "../../worker/config.ts";

export type Admission =
  | { readonly kind: "admitted"; readonly conversation: ConversationKey }
  /** Not for us, or not from someone we listen to; only its dedupe key is kept. */
  | {
      readonly kind: "ignored";
      readonly why: "dm_disabled" | "group_not_allowed" | "sender_not_allowed" | "not_addressed";
    }
  /** A stranger under the pairing policy, who is told how to be let in. */
  | { readonly kind: "stranger"; readonly peer: string };

/** Applies the access policy to one message. */
export function admit(inbound: Inbound, session: SessionRef, policy: AccessPolicy): Admission {
  const peer = `${inbound.channel}:${inbound.sender.id}`;
  if (inbound.chat.kind !== "direct") return admitGroup(inbound, session, policy);
  const { channel } = inbound;
  if (channel === "web") return admitted(session, "owner");
  const dmPolicy = policy.dm[channel];
  if (dmPolicy === "disabled") return { kind: "ignored", why: "dm_disabled" };
  const role = peer === policy.owner ? "owner" : "person";
  if (policy.allowFrom.includes(peer)) return admitted(session, role, inbound);
  switch (dmPolicy) {
    case "open":
      return admitted(session, role, inbound);
    case "allowlist":
      return { kind: "ignored", why: "sender_not_allowed" };
    case "pairing":
      return { kind: "stranger", peer };
    default:
      return assertNever(dmPolicy);
  }
}

function admitGroup(inbound: Inbound, session: SessionRef, policy: AccessPolicy): Admission {
  const group = `${inbound.channel}:${session.chatId}`;
  const allowed = policy.group === "open" || (policy.group === "allowlist" && policy.groupAllowFrom.includes(group));
  if (!allowed) return { kind: "ignored", why: "group_not_allowed" };
  if (inbound.chat.kind === "direct" || !inbound.chat.addressed) return { kind: "ignored", why: "not_addressed" };
  const { agent, channel, chatId, thread } = session;
  const chatKind = session.chatKind === "channel" ? "channel" : "group";
  const ref = { kind: "group", agent, channel, chatKind, chatId, ...(thread && { thread }) } as const;
  return { kind: "admitted", conversation: formatConversationKey(ref) };
}

function admitted(session: SessionRef, role: "owner" | "person", inbound?: Inbound): Admission {
  const { agent } = session;
  const conversation =
    role === "owner" || !inbound
      ? formatConversationKey({ kind: "main", agent })
      : formatConversationKey({ kind: "person", agent, personId: `${inbound.channel}-${inbound.sender.id}` });
  return { kind: "admitted", conversation };
}
