/** A chat that goes on under another id (a Telegram group that became a supergroup): the new session takes up the old one. */
import { isInboundId } from "../../protocol/ids.ts";
import type { ContextItem, Inbound } from "../../protocol/inbound.ts";
import { type ConversationKey, parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { groupConversation } from "./admission.ts";
import { adoptContext, dropContext, lastContext, readContext } from "./context.ts";
import type { SessionContext } from "./session-context.ts";
import { type OwnSettings, ownSettings } from "./settings.ts";
import { changeSettings, readSettings } from "./settings-rows.ts";

/** What the new session is told by the old one. */
export type Legacy = {
  readonly from: SessionKey;
  readonly chats: readonly string[];
  readonly conversation: ConversationKey;
  readonly settings: OwnSettings;
  readonly context: readonly ContextItem[];
};

/** Hands everything on to the session of the new id, and remembers where it went. Can be repeated. */
export async function moveTo(session: SessionContext, to: SessionKey): Promise<void> {
  const { sql, ref, key, env } = session;
  const settings = readSettings(sql);
  const { formerChats, conversation, movedTo } = settings;
  // Both the old chat and the new one say that it moved.
  if (to === key || to === movedTo || ref.chatKind === "direct" || cameFrom(to, formerChats)) return;
  const legacy: Legacy = {
    from: key,
    chats: [...formerChats, ref.chatId],
    conversation: conversation ?? groupConversation(ref),
    settings: ownSettings(settings),
    context: readContext(sql),
  };
  const last = lastContext(sql);
  await channelSession(env, to, session.config()).adopt(legacy);
  session.storage.transactionSync(() => {
    changeSettings(sql, { movedTo: to });
    dropContext(sql, last); // what was said meanwhile stays, and goes along with whatever still comes here
  });
  log("info", "session_moved", { session: key, to });
}

/** Whether a chat is one that this one was before: what moves in a circle moves nowhere. */
function cameFrom(to: SessionKey, formerChats: readonly string[]): boolean {
  const ref = parseSessionKey(to);
  return ref.ok && formerChats.includes(ref.value.chatId);
}

/** Takes up an old session, once. */
export function adopt({ sql, storage, key }: SessionContext, legacy: Legacy): void {
  const { formerChats } = readSettings(sql);
  const chats = legacy.chats.filter((chat) => !formerChats.includes(chat));
  if (chats.length === 0) return;
  storage.transactionSync(() => {
    const { conversation, settings } = legacy;
    changeSettings(sql, { ...settings, formerChats: [...formerChats, ...chats], conversation, movedTo: null });
    adoptContext(sql, legacy.context);
  });
  log("info", "session_adopted", { session: key, from: legacy.from });
}

/** A message of the old chat as one of the new, which numbers its messages anew. */
export function readdress(message: Inbound, to: SessionKey): Inbound {
  const ref = parseSessionKey(to);
  const id = `moved:${message.chat.id}:${message.id}`;
  if (!ref.ok || !isInboundId(id)) return message;
  const { chatId } = ref.value;
  const { messageId: _old, ...replyTo } = message.replyTo;
  return {
    ...message,
    id,
    session: to,
    chat: { ...message.chat, id: chatId },
    replyTo: { ...replyTo, chatId },
  };
}
