/** What people do on the emulated Telegram: each verb changes the chat and sends the bot the update that it makes. */
import { contentOf, type Said, type SaidFile, type SaidIn } from "./content.ts";
import { type ChatInfo, type ChatMessage, type Person, toWire } from "./message.ts";
import type { Update } from "./updates.ts";
import { isMeantForBot } from "./visibility.ts";
import type { World } from "./world.ts";

type Who = number | Person;
type Where = number | ChatInfo;

/** Sends what a group's upgrade tells; Telegram's own account is named as its author. */
const GROUP_BOT: Person = { id: 1_087_968_824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" };

export class People {
  protected readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** A person writes: the message is in the chat and its update on the way to the bot. */
  say(said: Said): Update & { readonly message: ChatMessage } {
    const message = this.#write(said, {});
    return { ...this.#tell({ message }, message), message };
  }

  /** A person sends several files at once: a message and an update for each, the caption at the first. */
  sayAlbum(said: SaidIn, files: readonly SaidFile[]): readonly (Update & { readonly message: ChatMessage })[] {
    const groupId = this.world.chats.nextGroupId();
    const { caption, ...others } = said;
    return files.map((file, index) => {
      const one = { ...others, ...(index === 0 && caption !== undefined && { caption }), file };
      const message = this.#write(one, { media_group_id: groupId });
      return { ...this.#tell({ message }, message), message };
    });
  }

  /** Somebody writes into a channel. */
  post(said: Said): Update {
    const message = this.#write(said, {});
    if (message.chat.type !== "channel") throw new Error("not a channel");
    return this.#tell({ channel_post: toWire(message) }, message);
  }

  /** The author of a message changes its text, or the caption of its file. */
  edit(chatId: number, messageId: number, text: string): Update {
    const { chats } = this.world;
    const before = this.#messageOf(chatId, messageId);
    const { text: _text, entities: _entities, caption: _caption, caption_entities: _captions, ...rest } = before;
    const isText = before.text !== undefined;
    const content = contentOf({ from: before.from, ...(isText ? { text } : { caption: text }) }, null, null);
    const { photo: _photo, ...words } = content;
    const message = chats.replace({ ...rest, ...words, edit_date: chats.date });
    const kind = message.chat.type === "channel" ? "edited_channel_post" : "edited_message";
    return this.#tell({ [kind]: toWire(message) }, message);
  }

  /** Somebody sets their reactions to a message; none takes them away. */
  react(chatId: number, messageId: number, who: Who, emojis: readonly string[]): Update {
    const { chats, privacyMode } = this.world;
    const user = personOf(who);
    const { chat } = this.#messageOf(chatId, messageId);
    const before = chats.react(chatId, messageId, user.id, emojis);
    const typed = (list: readonly string[]) => list.map((emoji) => ({ type: "emoji", emoji }));
    const change = { user, date: chats.date, old_reaction: typed(before), new_reaction: typed(emojis) };
    const update = { message_reaction: { chat, message_id: messageId, ...change } };
    // Only an administrator gets them in a group, and one sees everything.
    return this.world.updates.push(update, chat.type === "private" || !privacyMode);
  }

  /**
   * Somebody presses a button: the one with that label or data, else as a client that sends data which no button has.
   * Returns the update and the id of the query.
   */
  press(chatId: number, messageId: number, who: Who, button: string): Update & { readonly queryId: string } {
    const { chats, presses, updates } = this.world;
    const message = chats.find(chatId, messageId);
    const buttons = message?.reply_markup?.inline_keyboard.flat() ?? [];
    const data = buttons.find(({ text }) => text === button)?.callback_data ?? button;
    const queryId = presses.add();
    const { info: chat } = chats.named(chatId);
    // Of a message that is gone, only that it was there.
    const at = message ? toWire(message) : { chat, message_id: messageId, date: 0 };
    const callback = { id: queryId, from: personOf(who), message: at, chat_instance: `${-chatId}7`, data };
    return { ...updates.push({ callback_query: callback }), queryId };
  }

  /** Whether the bot has answered a press. */
  isAnswered(queryId: string): boolean {
    return this.world.presses.answerOf(queryId) !== null;
  }

  /** What the bot showed to who pressed; empty: nothing, null: it has not answered. */
  answerText(queryId: string): string | null {
    return this.world.presses.answerOf(queryId)?.text ?? null;
  }

  /** Somebody comes into a group. Without `who` the bot does, let in by `by`; in a private chat it is unblocked. */
  join(chat: Where, who?: Who, by: Who = who ?? 42): readonly Update[] {
    const { chats, me } = this.world;
    const { info, adder, member } = this.#place(chat, who, by);
    if (member.id !== me.id) return [this.#serve(info, adder, { new_chat_members: [member] })];
    const was = info.type === "private" ? "kicked" : "left";
    chats.close(info.id, false);
    chats.block(info.id, false);
    const update = this.#membership(info, adder, was, "member");
    return info.type === "private" ? [update] : [update, this.#serve(info, adder, { new_chat_members: [me] })];
  }

  /** Somebody goes or is removed. Without `who` the bot is; in a private chat it is blocked. */
  leave(chat: Where, who?: Who, by: Who = who ?? 42): readonly Update[] {
    const { chats, me } = this.world;
    const { info, adder, member } = this.#place(chat, who, by);
    if (member.id !== me.id) return [this.#serve(info, adder, { left_chat_member: member })];
    if (info.type === "private") chats.block(info.id, true);
    else chats.close(info.id, true);
    return [this.#membership(info, adder, "member", "kicked")];
  }

  /** The group becomes a supergroup with another id; the old one takes no calls any more. `announce`: with its notices. */
  migrate(chatId: number, toChatId: number, { announce = false }: { readonly announce?: boolean } = {}): void {
    const { chats } = this.world;
    const old = chats.named(chatId).info;
    if (announce) {
      const title = old.title ?? `Group ${chatId}`;
      const next = chats.enter({ id: toChatId, type: "supergroup", title });
      this.#serve({ id: chatId, type: "group", title }, GROUP_BOT, { migrate_to_chat_id: toChatId });
      this.#serve(next, GROUP_BOT, { migrate_from_chat_id: chatId });
    }
    chats.migrate(chatId, toChatId);
  }

  #write(said: Said, more: { readonly media_group_id?: string }): ChatMessage {
    const { chats, files } = this.world;
    const person = personOf(said.from);
    const chat = chats.enter(chatOf(said.chat, person));
    const replied = said.replyTo === undefined ? null : chats.find(chat.id, said.replyTo);
    return chats.add(chat.id, person, { ...contentOf(said, replied, files), ...more });
  }

  /** A service message. */
  #serve(info: ChatInfo, from: Person, content: Parameters<World["chats"]["add"]>[2]): Update {
    this.world.chats.enter(info);
    const message = { ...this.world.chats.add(info.id, from, content), chat: info };
    return this.#tell({ message: toWire(message) }, message);
  }

  #membership(chat: ChatInfo, by: Person, before: string, after: string): Update {
    const { chats, me, updates } = this.world;
    const member = (status: string) => ({ status, user: me, ...(status === "kicked" && { until_date: 0 }) });
    const change = { old_chat_member: member(before), new_chat_member: member(after) };
    return updates.push({ my_chat_member: { chat, from: by, date: chats.date, ...change } });
  }

  #place(chat: Where, who: Who | undefined, by: Who) {
    const adder = personOf(by);
    const member = who === undefined ? this.world.me : personOf(who);
    return { info: this.world.chats.enter(chatOf(chat, adder)), adder, member };
  }

  #messageOf(chatId: number, messageId: number): ChatMessage {
    const message = this.world.chats.find(chatId, messageId);
    if (!message) throw new Error(`no message ${messageId} in chat ${chatId}`);
    return message;
  }

  /** Sends the bot an update about a message, if it is there and may see it. */
  #tell(update: Readonly<Record<string, unknown>>, message: ChatMessage): Update {
    const { chats, me, privacyMode, updates } = this.world;
    const isThere = !chats.named(message.chat.id).isClosed;
    return updates.push(update, isThere && (!privacyMode || isMeantForBot(message, me)));
  }
}

/** A person known by id only. */
function personOf(from: number | Person): Person {
  if (typeof from !== "number") return from;
  return { id: from, is_bot: false, first_name: `Person ${from}`, username: `person_${from}` };
}

/** The chat of a message; ids of groups are negative, as on Telegram. */
function chatOf(chat: number | ChatInfo | undefined, person: Person): ChatInfo {
  if (typeof chat === "object") return chat;
  if (chat !== undefined && chat < 0) return { id: chat, type: "supergroup", title: `Group ${chat}`, is_forum: true };
  const { first_name, username } = person;
  return { id: chat ?? person.id, type: "private", first_name, ...(username && { username }) };
}
