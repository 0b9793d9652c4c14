/** What is in a chat: people, messages and drafts, in the Bot API's own words. */
import type { Entity, FormattedText } from "./entities.ts";
import type { FileRef } from "./files.ts";
import type { InlineKeyboard } from "./keyboard.ts";
import type { RichMessage } from "./rich-model.ts";

export type Person = {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly username?: string;
  /** The language of their app. */
  readonly language_code?: string;
};

export type ChatInfo = {
  readonly id: number;
  readonly type: "private" | "group" | "supergroup" | "channel";
  readonly title?: string;
  readonly first_name?: string;
  readonly username?: string;
  readonly is_forum?: boolean;
};

/** What a message says; at most one of the things that a message can be. */
export type Content = {
  readonly text?: string;
  readonly entities?: readonly Entity[];
  readonly caption?: string;
  readonly caption_entities?: readonly Entity[];
  readonly photo?: readonly FileRef[];
  readonly document?: FileRef;
  readonly voice?: FileRef;
  readonly audio?: FileRef;
  readonly video?: FileRef;
  readonly video_note?: FileRef;
  readonly animation?: FileRef;
  readonly sticker?: FileRef;
  readonly media_group_id?: string;
  readonly location?: object;
  readonly venue?: object;
  readonly contact?: object;
  readonly poll?: object;
  readonly dice?: object;
  readonly rich_message?: RichMessage;
  readonly forward_origin?: object;
  readonly reply_to_message?: ChatMessage;
  readonly quote?: object;
  readonly reply_markup?: InlineKeyboard;
  readonly message_thread_id?: number;
  readonly is_topic_message?: boolean;
  readonly new_chat_members?: readonly Person[];
  readonly left_chat_member?: Person;
  readonly migrate_to_chat_id?: number;
  readonly migrate_from_chat_id?: number;
};

export type ChatMessage = Content & {
  readonly message_id: number;
  readonly from: Person;
  readonly chat: ChatInfo;
  /** Unix time in seconds. */
  readonly date: number;
  readonly edit_date?: number;
};

/** A message on screen: besides what Telegram tells the bot, what only those in the chat see. */
export type ShownMessage = ChatMessage & {
  /** The bot's reaction. */
  readonly botReactions?: readonly string[];
  /** The words of a rich message, without its structure. */
  readonly plainText?: string;
};

/** A preview that only the other side of a private chat sees, until it expires or the answer comes. */
export type Draft = FormattedText & { readonly draftId: number; readonly at: number; readonly rich?: RichMessage };

/** A message as the Bot API tells it: what is in a channel has no author. */
export function toWire(message: ChatMessage): object {
  if (message.chat.type !== "channel") return message;
  const { from: _author, ...rest } = message;
  return { ...rest, sender_chat: message.chat };
}
