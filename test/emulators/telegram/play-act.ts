/** Does on the emulated Telegram what a line typed into `play.ts` says, or says why that cannot be. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { assertNever } from "../../../protocol/assert.ts";
import type { ShownMessage, TelegramEmulator } from "./index.ts";
import type { PlayLine } from "./play-line.ts";
import { describeMessage } from "./play-show.ts";

/** A red square of 16 by 16 points, as PNG. */
const RED_SQUARE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mO4oKBAEmIY1TCqYfhqAABLfxAQegypMgAAAABJRU5ErkJggg==",
  "base64",
);
/** What people send who name no file. */
const MADE_UP = {
  photo: { name: "square.png", content: RED_SQUARE },
  document: { name: "notes.txt", content: "Buy milk.\n" },
} as const;

type Line<Kind extends PlayLine["kind"]> = Extract<PlayLine, { readonly kind: Kind }>;

export class PlayAct {
  readonly #emulator: TelegramEmulator;
  readonly #print: (line: string) => void;
  /** The groups that the bot was taken out of. */
  readonly #left = new Set<number>();

  constructor(emulator: TelegramEmulator, print: (line: string) => void) {
    this.#emulator = emulator;
    this.#print = print;
  }

  /** Never throws: prints what goes wrong. */
  do(line: PlayLine): void {
    try {
      this.#carryOut(line);
    } catch (error) {
      this.#print(`     ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #carryOut(line: PlayLine): void {
    const emulator = this.#emulator;
    switch (line.kind) {
      case "say":
        return this.#say(line);
      case "file":
        return this.#send(line);
      case "album":
        return this.#sendAlbum(line);
      case "react":
        this.#hears(chatOf(line));
        return void emulator.react(chatOf(line), line.messageId, line.from, line.emojis);
      case "press":
        return this.#press(line);
      case "edit":
        return this.#edit(line);
      case "join":
      case "leave":
        return this.#move(line);
      case "block":
        return emulator.block(line.chat, line.isBlocked);
      case "cut":
        return emulator.fail({ kind: "cut_after", method: "sendMessage", chatId: line.chat, times: line.times });
      case "unknown":
        return this.#print(
          [`     ${line.said} is not understood; there is:`, ...line.known.map((form) => `       ${form}`)].join("\n"),
        );
      default:
        return assertNever(line);
    }
  }

  #say(line: Line<"say">): void {
    const { from, text, replyTo } = line;
    const chat = chatOf(line);
    if (replyTo !== undefined) this.#find(chat, replyTo);
    const said = { from, chat, text, ...(replyTo !== undefined && { replyTo }) };
    this.#tell(chat, [this.#emulator.say(said).message]);
  }

  #send(line: Line<"file">): void {
    const { from, path, as, caption } = line;
    const chat = chatOf(line);
    const content = path === null ? MADE_UP[as] : { name: basename(path), content: readFileSync(path) };
    const said = { from, chat, file: { kind: as, ...content }, ...(caption !== "" && { caption }) };
    this.#tell(chat, [this.#emulator.say(said).message]);
  }

  #sendAlbum(line: Line<"album">): void {
    const { from, count, caption } = line;
    const chat = chatOf(line);
    const files = Array.from({ length: count }, () => ({ kind: "photo", ...MADE_UP.photo }) as const);
    const sent = this.#emulator.sayAlbum({ from, chat, ...(caption !== "" && { caption }) }, files);
    const messages = sent.map(({ message }) => message);
    this.#tell(chat, messages);
  }

  #press(line: Line<"press">): void {
    const { from, messageId, label } = line;
    const chat = chatOf(line);
    this.#hears(chat);
    const labels =
      this.#find(chat, messageId)
        .reply_markup?.inline_keyboard.flat()
        .map(({ text }) => text) ?? [];
    if (labels.length === 0) throw new Error(`message ${messageId} has no buttons`);
    if (!labels.includes(label)) throw new Error(`message ${messageId} has only the buttons ${labels.join(", ")}`);
    this.#emulator.press(chat, messageId, from, label);
  }

  #edit(line: Line<"edit">): void {
    const { from, messageId, text } = line;
    const chat = chatOf(line);
    const message = this.#find(chat, messageId);
    if (message.from.id !== from) throw new Error(`message ${messageId} is not of person ${from}`);
    if (message.text === undefined && message.caption === undefined) {
      throw new Error(`message ${messageId} has no text`);
    }
    this.#emulator.edit(chat, messageId, text);
    this.#warn(chat);
  }

  #move({ kind, chat, who }: Line<"join" | "leave">): void {
    this.#emulator[kind](chat, who ?? undefined);
    if (who === null && kind === "join") this.#left.delete(chat);
    if (who === null && kind === "leave" && chat < 0) this.#left.add(chat);
    this.#warn(chat);
  }

  #tell(chat: number, messages: readonly ShownMessage[]): void {
    for (const message of messages) this.#print(describeMessage(this.#emulator, message));
    this.#warn(chat);
  }

  #warn(chat: number): void {
    if (this.#left.has(chat)) this.#print(`     ${notIn(chat)}`);
  }

  /** Throws where the bot would get nothing of what the emulator passes on. */
  #hears(chat: number): void {
    if (this.#left.has(chat)) throw new Error(notIn(chat));
  }

  #find(chat: number, messageId: number): ShownMessage {
    const message = this.#emulator.messages(chat).find((other) => other.message_id === messageId);
    if (!message) throw new Error(`no message ${messageId} in chat ${chat}`);
    return message;
  }
}

/** Without a chat it is the private one. */
function chatOf({ from, chat = from }: { readonly from: number; readonly chat?: number }): number {
  return chat;
}

function notIn(chat: number): string {
  return `the bot is not in group ${chat} and gets nothing of this; #${chat} !join lets it in`;
}
