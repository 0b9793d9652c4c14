/** The chats of the emulated Telegram as their members see them: messages, drafts, "typing". */
import type { Entity, FormattedText } from "./entities.ts";
import { badRequest } from "./failure.ts";

export type Person = {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly username?: string;
};
export type ChatInfo = {
  readonly id: number;
  readonly type: "private" | "group" | "supergroup" | "channel";
  readonly title?: string;
  readonly first_name?: string;
  readonly username?: string;
  readonly is_forum?: boolean;
};
export type ChatMessage = {
  readonly message_id: number;
  readonly from: Person;
  readonly chat: ChatInfo;
  /** Unix time in seconds. */
  readonly date: number;
  readonly text?: string;
  readonly entities?: readonly Entity[];
  readonly caption?: string;
  readonly caption_entities?: readonly Entity[];
  readonly photo?: readonly object[];
  readonly reply_to_message?: ChatMessage;
  readonly message_thread_id?: number;
  readonly is_topic_message?: boolean;
};
/** A preview that only the other side of a private chat sees, until it expires or the answer comes. */
export type Draft = FormattedText & { readonly draftId: number; readonly at: number };

type Chat = {
  readonly info: ChatInfo;
  readonly messages: ChatMessage[];
  readonly drafts: Map<number, Draft>;
  typingUntil: number;
  isBlocked: boolean;
  /** The supergroup that a group has become. */
  movedTo: number | null;
};

/** "sendMessageDraft": a 30-second preview; "sendChatAction": 5 seconds or less. */
const DRAFT_MS = 30_000;
const TYPING_MS = 5_000;

export class Chats {
  readonly #chats = new Map<number, Chat>();
  readonly #now: () => number;
  #nextMessageId = 100;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The chat of a person or group that has been seen before. */
  enter(info: ChatInfo): ChatInfo {
    const known = this.#chats.get(info.id);
    if (known) return known.info;
    this.#chats.set(info.id, {
      info,
      messages: [],
      drafts: new Map(),
      typingUntil: 0,
      isBlocked: false,
      movedTo: null,
    });
    return info;
  }

  /** The chat that a call names. Tests post updates of their own, so an unknown chat is made up from its id. */
  named(chatId: unknown): Chat {
    if (typeof chatId !== "number" || chatId === 0) throw badRequest("chat not found");
    const info: ChatInfo =
      chatId > 0
        ? { id: chatId, type: "private", first_name: `Person ${chatId}` }
        : { id: chatId, type: "supergroup", title: `Group ${chatId}`, is_forum: true };
    this.enter(info);
    const chat = this.#chats.get(chatId);
    if (!chat) throw badRequest("chat not found");
    return chat;
  }

  /** Adds a message; one from us ends the "typing" and, in that chat, the drafts. */
  add(chatId: number, from: Person, content: Omit<ChatMessage, "message_id" | "from" | "chat" | "date">): ChatMessage {
    const chat = this.named(chatId);
    const date = Math.floor(this.#now() / 1000);
    const message = { message_id: this.#nextMessageId, from, chat: chat.info, date, ...content };
    this.#nextMessageId += 1;
    chat.messages.push(message);
    if (from.is_bot) {
      chat.typingUntil = 0;
      chat.drafts.clear();
    }
    return message;
  }

  draft(chatId: number, draftId: number, shown: FormattedText): void {
    this.named(chatId).drafts.set(draftId, { ...shown, draftId, at: this.#now() });
  }

  type(chatId: number): void {
    this.named(chatId).typingUntil = this.#now() + TYPING_MS;
  }

  block(chatId: number, isBlocked: boolean): void {
    this.named(chatId).isBlocked = isBlocked;
  }

  migrate(chatId: number, toChatId: number): void {
    this.named(chatId).movedTo = toChatId;
  }

  messages(chatId: number): readonly ChatMessage[] {
    return [...(this.#chats.get(chatId)?.messages ?? [])];
  }

  drafts(chatId: number): readonly Draft[] {
    const drafts = [...(this.#chats.get(chatId)?.drafts.values() ?? [])];
    return drafts.filter((draft) => this.#now() - draft.at < DRAFT_MS);
  }

  isTyping(chatId: number): boolean {
    return this.#now() < (this.#chats.get(chatId)?.typingUntil ?? 0);
  }
}
