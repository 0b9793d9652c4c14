/** The chats of the emulated Telegram as their members see them: messages, drafts, "typing", who is in. */
import type { FormattedText } from "./entities.ts";
import { ApiFailure, badRequest } from "./failure.ts";
import type { ChatInfo, ChatMessage, Content, Draft, Person, ShownMessage } from "./message.ts";
import { plainText, type RichMessage } from "./rich-model.ts";

type Chat = {
  readonly info: ChatInfo;
  messages: ChatMessage[];
  readonly drafts: Map<number, Draft>;
  /** Reactions to a message, by who set them. */
  readonly reactions: Map<string, readonly string[]>;
  readonly people: Map<number, Person>;
  typingUntil: number;
  isBlocked: boolean;
  /** The bot was removed. */
  isClosed: boolean;
  /** The supergroup that a group has become. */
  movedTo: number | null;
};

/** "sendMessageDraft": a 30-second preview; "sendChatAction": 5 seconds or less. */
const DRAFT_MS = 30_000;
const TYPING_MS = 5_000;

export class Chats {
  readonly #chats = new Map<number, Chat>();
  readonly #now: () => number;
  readonly #botId: number;
  #nextMessageId = 100;
  #groups = 0;

  constructor(now: () => number, botId: number) {
    this.#now = now;
    this.#botId = botId;
  }

  /** Unix time in seconds. */
  get date(): number {
    return Math.floor(this.#now() / 1000);
  }

  /** The chat of a person or group that has been seen before. */
  enter(info: ChatInfo): ChatInfo {
    const known = this.#chats.get(info.id);
    if (known) return known.info;
    this.#chats.set(info.id, {
      info,
      messages: [],
      drafts: new Map(),
      reactions: new Map(),
      people: new Map(),
      typingUntil: 0,
      isBlocked: false,
      isClosed: false,
      movedTo: null,
    });
    return info;
  }

  /** A chat that has been seen before. Throws a 400 for any other. */
  known(chatId: unknown): Chat {
    const chat = typeof chatId === "number" ? this.#chats.get(chatId) : undefined;
    if (!chat) throw badRequest("chat not found");
    return chat;
  }

  /** The chat that a call names. Tests post updates of their own, so an unknown chat is made up from its id. */
  named(chatId: unknown): Chat {
    if (typeof chatId !== "number" || chatId === 0) throw badRequest("chat not found");
    this.enter(
      chatId > 0
        ? { id: chatId, type: "private", first_name: `Person ${chatId}` }
        : { id: chatId, type: "supergroup", title: `Group ${chatId}`, is_forum: true },
    );
    return this.known(chatId);
  }

  /** The chat that a call writes to. Throws the refusal of one that takes nothing from us. */
  open(chatId: unknown): ChatInfo {
    const { info, isBlocked, isClosed, movedTo } = this.named(chatId);
    if (isBlocked) throw new ApiFailure(403, "Forbidden: bot was blocked by the user");
    if (isClosed) throw new ApiFailure(403, `Forbidden: bot was kicked from the ${info.type} chat`);
    if (movedTo === null) return info;
    const description = "Bad Request: group chat was upgraded to a supergroup chat";
    throw new ApiFailure(400, description, { migrate_to_chat_id: movedTo });
  }

  /** Adds a message; one from us ends the "typing" and, in that chat, the drafts. */
  add(chatId: number, from: Person, content: Content): ChatMessage {
    const chat = this.named(chatId);
    const message = { message_id: this.#nextMessageId, from, chat: chat.info, date: this.date, ...content };
    this.#nextMessageId += 1;
    chat.messages.push(message);
    chat.people.set(from.id, from);
    if (from.id === this.#botId) {
      chat.typingUntil = 0;
      chat.drafts.clear();
    }
    return message;
  }

  /** The `media_group_id` of a new album. */
  nextGroupId(): string {
    this.#groups += 1;
    return `1399${String(this.#groups).padStart(13, "0")}`;
  }

  find(chatId: number, messageId: unknown): ChatMessage | null {
    return this.#chats.get(chatId)?.messages.find((message) => message.message_id === messageId) ?? null;
  }

  /** Puts a message in the place of the one with its id. */
  replace(message: ChatMessage): ChatMessage {
    const chat = this.named(message.chat.id);
    chat.messages = chat.messages.map((other) => (other.message_id === message.message_id ? message : other));
    return message;
  }

  remove({ chat: { id }, message_id: messageId }: ChatMessage): void {
    const chat = this.named(id);
    chat.messages = chat.messages.filter((message) => message.message_id !== messageId);
  }

  /** Sets the reactions of somebody to a message; returns what they were before. */
  react(chatId: number, messageId: number, whoId: number, emojis: readonly string[]): readonly string[] {
    const { reactions } = this.named(chatId);
    const key = `${messageId}:${whoId}`;
    const before = reactions.get(key) ?? [];
    reactions.set(key, emojis);
    return before;
  }

  draft(chatId: number, draftId: number, shown: FormattedText & { readonly rich?: RichMessage }): void {
    this.named(chatId).drafts.set(draftId, { ...shown, draftId, at: this.#now() });
  }

  type(chatId: number): void {
    this.named(chatId).typingUntil = this.#now() + TYPING_MS;
  }

  block(chatId: number, isBlocked: boolean): void {
    this.named(chatId).isBlocked = isBlocked;
  }

  close(chatId: number, isClosed: boolean): void {
    this.named(chatId).isClosed = isClosed;
  }

  migrate(chatId: number, toChatId: number): void {
    this.named(chatId).movedTo = toChatId;
  }

  messages(chatId: number): readonly ShownMessage[] {
    const chat = this.#chats.get(chatId);
    return (chat?.messages ?? []).map((message) => {
      const botReactions = chat?.reactions.get(`${message.message_id}:${this.#botId}`) ?? [];
      return {
        ...message,
        ...(botReactions.length > 0 && { botReactions }),
        ...(message.rich_message && { plainText: plainText(message.rich_message.blocks) }),
      };
    });
  }

  drafts(chatId: number): readonly Draft[] {
    const drafts = [...(this.#chats.get(chatId)?.drafts.values() ?? [])];
    return drafts.filter((draft) => this.#now() - draft.at < DRAFT_MS);
  }

  isTyping(chatId: number): boolean {
    return this.#now() < (this.#chats.get(chatId)?.typingUntil ?? 0);
  }
}
