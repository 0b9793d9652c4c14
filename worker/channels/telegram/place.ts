/** Where in Telegram something was written or happened: the chat, its session, and where an answer goes. Pure. */
import type { Chat } from "../../../protocol/inbound.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { type ChatKind, formatSessionKey, type SessionKey, type ThreadRef } from "../../../protocol/session-key.ts";
import type { Message } from "./update-message.ts";
import type { TelegramChat } from "./update-parts.ts";
import { label } from "./words.ts";

const AGENT = "main";
export const CHANNEL = "telegram";
/** The topic that every forum has. Its messages name no topic, and its session is that of the group. */
const GENERAL_TOPIC = "1";

const CHAT_KINDS: ReadonlyMap<string, ChatKind> = new Map([
  ["private", "direct"],
  ["group", "group"],
  ["supergroup", "group"],
  ["channel", "channel"],
]);

export type Place = {
  readonly chatId: string;
  readonly kind: ChatKind;
  readonly title?: string;
  readonly thread?: ThreadRef;
  readonly session: SessionKey;
  readonly address: ReplyAddress;
};

/** The place of `topic` in a chat, or why nothing can be answered there. Without a topic the chat itself. */
export function placeIn(
  chat: TelegramChat,
  topic: Pick<Message, "is_topic_message" | "message_thread_id"> = {},
): Result<Place, string> {
  const kind = CHAT_KINDS.get(chat.type);
  if (kind === undefined) return err("a chat of an unknown kind");
  // "direct_messages_topic_id" would have to be named in every answer.
  if (chat.is_direct_messages) return err("direct messages of a channel");
  const chatId = String(chat.id);
  const thread = threadOf(chat, topic);
  // Typing in a forum is shown only in the topic that it names, so there the general one has to be named.
  const general = chat.is_forum && kind === "group" ? ({ kind: "topic", id: GENERAL_TOPIC } as const) : undefined;
  const shownIn = thread ?? general;
  return ok({
    chatId,
    kind,
    ...(kind !== "direct" && chat.title && { title: label(chat.title) }),
    ...(thread && { thread }),
    session: sessionOf(kind, chatId, thread),
    address: { channel: CHANNEL, chatKind: kind, chatId, ...(shownIn && { thread: shownIn }) },
  });
}

/** The chat of a place as a message has it; who is meant matters where others write too. */
export function chatAt(
  { kind, chatId: id, title, thread }: Place,
  { addressed, named = false }: { readonly addressed: boolean; readonly named?: boolean },
): Chat {
  const where = { id, ...(thread && { thread }) };
  if (kind === "direct") return { kind, ...where };
  return { kind, ...where, ...(title && { title }), addressed, ...(named && { named }) };
}

/** The session of a group as a whole. */
export function groupSession(chatId: number): SessionKey {
  return sessionOf("group", String(chatId), null);
}

function sessionOf(chatKind: ChatKind, chatId: string, thread: ThreadRef | null): SessionKey {
  return formatSessionKey({ agent: AGENT, channel: CHANNEL, chatKind, chatId, ...(thread && { thread }) });
}

/** Replies outside of topics have a thread id too; only `is_topic_message` says that it is a topic. */
function threadOf(
  { is_forum }: TelegramChat,
  { is_topic_message, message_thread_id }: Pick<Message, "is_topic_message" | "message_thread_id">,
): ThreadRef | null {
  if (!is_topic_message || message_thread_id === undefined) return null;
  const id = String(message_thread_id);
  return is_forum && id === GENERAL_TOPIC ? null : { kind: "topic", id };
}
