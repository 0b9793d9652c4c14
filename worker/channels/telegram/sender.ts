/** Who wrote a Telegram message: a person, or a chat in whose name somebody writes. Pure. */
import type { Sender } from "../../../protocol/inbound.ts";
import type { Message } from "./update-message.ts";
import type { Origin, TelegramChat, User } from "./update-parts.ts";
import { label } from "./words.ts";

type Signed = Pick<Message, "from" | "sender_chat" | "author_signature">;

/**
 * The sender as Telegram's apps show them. Who writes in the name of a chat (an anonymous admin, a channel, a channel's
 * post in its discussion group) comes with a made-up user besides, which does not count. Null: nobody is named.
 */
export function senderOf(message: Signed & Pick<Message, "chat">): Sender | null {
  const { chat, from, sender_chat: senderChat, author_signature: signature } = message;
  if (chat.type === "channel") {
    const channel = chatSender(senderChat ?? chat);
    return signature ? { ...channel, name: label(signature) } : channel;
  }
  if (senderChat) return chatSender(senderChat);
  return from ? userSender(from) : null;
}

/** The name of whoever wrote a message that another one refers to; empty if it is not told. */
export function authorOf({ from, sender_chat: senderChat }: Signed): string {
  if (senderChat) return chatName(senderChat);
  return from ? userName(from) : "";
}

/** The name of whoever wrote a message first, as far as they let us know. */
export function originName({ sender_user, sender_user_name, sender_chat, chat, author_signature }: Origin): string {
  if (sender_user) return userName(sender_user);
  if (sender_user_name) return label(sender_user_name);
  const from = sender_chat ?? chat;
  if (!from) return "unknown";
  return label(author_signature ? `${chatName(from)} (${author_signature})` : chatName(from));
}

/** A person or a bot as a sender. */
export function userSender(user: User): Sender {
  const { id, username, language_code: language, is_bot: isBot } = user;
  return {
    id: String(id),
    name: userName(user),
    ...(username && { username: label(username) }),
    ...(language && { language: label(language) }),
    ...(isBot && { isBot }),
  };
}

/** A chat as a sender, when somebody writes or acts in its name. */
export function chatSender(chat: TelegramChat): Sender {
  return { id: String(chat.id), name: chatName(chat), ...(chat.username && { username: label(chat.username) }) };
}

/** What a chat is called, in any case something. */
export function chatName({ title, username, id }: TelegramChat): string {
  return label(title || username || String(id));
}

/** What a person or a bot is called, in any case something. */
export function userName({ first_name, last_name = "", username, id }: User): string {
  return label(`${first_name} ${last_name}`.trim() || username || String(id));
}
