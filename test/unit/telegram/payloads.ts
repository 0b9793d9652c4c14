/** Updates written from "Bot API 10.1", for tests that must not depend on anybody's captures. */

export const TOKEN = "8765336106:AAtest-token_of-nobody";
export const BOT = { id: 8765336106, username: "claw_bot", name: "Claw" } as const;
/** When the updates came, epoch ms. */
export const RECEIVED_AT = 1_764_000_005_000;

export const ann = { id: 42, is_bot: false, first_name: "Ann", last_name: "Example", username: "ann" };
export const bob = { id: 43, is_bot: false, first_name: "Bob" };
export const otherBot = { id: 5, is_bot: true, first_name: "Other", username: "other_bot" };
/** Whom Telegram puts in for anonymous admins, for channels that write in a group, and for their automatic posts. */
export const anonymousAdmin = { id: 1_087_968_824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" };
export const channelBot = { id: 136_817_688, is_bot: true, first_name: "Channel", username: "Channel_Bot" };
export const telegramItself = { id: 777_000, is_bot: false, first_name: "Telegram" };

export const privateChat = { id: 42, type: "private", first_name: "Ann", username: "ann" };
export const group = { id: -100123, type: "supergroup", title: "Team" };
export const forum = { id: -100124, type: "supergroup", title: "Forum", is_forum: true };
export const channel = { id: -100200, type: "channel", title: "News", username: "news" };
export const us = { id: BOT.id, is_bot: true, first_name: "Claw", username: BOT.username };

/** A message of Ann in her private chat; `fields` add to it or replace. */
export function privateMessage(fields: object = {}): object {
  return { message_id: 7, date: 1_764_000_000, from: ann, chat: privateChat, text: "hello", ...fields };
}

/** A message of Ann in a group. */
export function groupMessage(fields: object = {}): object {
  return privateMessage({ chat: group, ...fields });
}

/** A group message whose text begins with a mention of `name`. */
export function mentioning(name: string, text = "hi"): object {
  return groupMessage({
    text: `@${name} ${text}`,
    entities: [{ type: "mention", offset: 0, length: name.length + 1 }],
  });
}

/** A command as Telegram marks it. */
export function command(text: string, fields: object = {}): object {
  const length = text.split(/\s/u, 1)[0]?.length ?? 0;
  return { text, entities: [{ type: "bot_command", offset: 0, length }], ...fields };
}

/** A group message that answers one of ours. */
export function replyToUs(fields: object = {}): object {
  const ours = { message_id: 6, date: 1_763_999_000, from: us, chat: group, text: "What else?" };
  return groupMessage({ text: "that", reply_to_message: ours, ...fields });
}

/** A post in a channel. */
export function channelPost(fields: object = {}): object {
  return privateMessage({ chat: channel, sender_chat: channel, from: undefined, ...fields });
}

/** A message of Ann in a topic of a forum. */
export function topicMessage(topicId: number, fields: object = {}): object {
  return privateMessage({ chat: forum, message_thread_id: topicId, is_topic_message: true, ...fields });
}

/** `message` as an update. */
export function update(message: object, updateId = 1001): object {
  return { update_id: updateId, message };
}
