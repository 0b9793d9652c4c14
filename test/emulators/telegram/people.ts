/** What people write, as Telegram turns it into messages: with the entities that its clients find by themselves. */
import type { ChatInfo, ChatMessage, Person } from "./chats.ts";
import type { Entity } from "./entities.ts";

/** Who writes what where. Without a chat it is the private chat of the writer and the bot. */
export type Said = {
  readonly from: number | Person;
  readonly chat?: number | ChatInfo;
  readonly text?: string;
  /** A photo with this caption. */
  readonly caption?: string;
  readonly replyTo?: number;
  /** A forum topic. */
  readonly topic?: number;
};

/** A person known by id only. */
export function personOf(from: number | Person): Person {
  if (typeof from !== "number") return from;
  return { id: from, is_bot: false, first_name: `Person ${from}`, username: `person_${from}` };
}

/** The chat of a message; ids of groups are negative, as on Telegram. */
export function chatOf(chat: number | ChatInfo | undefined, person: Person): ChatInfo {
  if (typeof chat === "object") return chat;
  if (chat !== undefined && chat < 0) return { id: chat, type: "supergroup", title: `Group ${chat}`, is_forum: true };
  const { first_name, username } = person;
  return { id: chat ?? person.id, type: "private", first_name, ...(username && { username }) };
}

/** The content of a message as a client makes it. */
export function contentOf(
  { text, caption, topic }: Said,
  replied: ChatMessage | undefined,
): Omit<ChatMessage, "message_id" | "from" | "chat" | "date"> {
  const entities = entitiesIn(text ?? caption ?? "");
  const words = text ?? "";
  return {
    ...(caption === undefined ? { text: words, ...(entities.length > 0 && { entities }) } : photo(caption, entities)),
    ...(replied && { reply_to_message: withoutReply(replied) }),
    ...(topic !== undefined && { message_thread_id: topic, is_topic_message: true }),
  };
}

/** A reply carries the message that it answers, but not what that one answered. */
function withoutReply({ reply_to_message: _older, ...message }: ChatMessage): ChatMessage {
  return message;
}

function photo(caption: string, entities: readonly Entity[]) {
  const sizes = [90, 320, 800].map((height) => ({
    file_id: `photo-${height}`,
    file_unique_id: `unique-${height}`,
    file_size: height * 100,
    width: Math.round(height * 0.8),
    height,
  }));
  return { photo: sizes, caption, ...(entities.length > 0 && { caption_entities: entities }) };
}

/** Mentions, commands and links, with offsets in UTF-16 units. */
function entitiesIn(text: string): Entity[] {
  const patterns: readonly (readonly [string, RegExp])[] = [
    ["mention", /(?<![\w@/])@\w{4,32}/gu],
    ["bot_command", /(?<![\w/@])\/\w{1,32}(?:@\w{4,32})?(?![\w/])/gu],
    ["url", /https?:\/\/[^\s<>]+/gu],
  ];
  return patterns
    .flatMap(([type, pattern]) =>
      [...text.matchAll(pattern)].map((match) => ({ type, offset: match.index, length: match[0].length })),
    )
    .sort((a, b) => a.offset - b.offset);
}
