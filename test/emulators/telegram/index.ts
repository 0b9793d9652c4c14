/**
 * An emulator of Telegram's Bot API 10.1, as unpleasant as the real one: for tests, measurements and playing by hand
 * (`node_modules/.bin/node test/emulators/telegram/play.ts`). It listens on loopback only and keeps everything in memory.
 *
 * Not known of the real service, and chosen here: how often updates are repeated, the wording of some refusals, and that
 * a repeat of getUpdates ends the one before. Stricter than the real service: unknown parameters are refused. Kinder: the
 * bot hears all other bots ("Bot-to-Bot Communication" must be on for that).
 */
import { BotApiServer, type RecordedCall } from "./api.ts";
import type { BotCommand } from "./commands.ts";
import type { Fault } from "./faults.ts";
import type { StoredFile } from "./files.ts";
import type { Draft, Person, ShownMessage } from "./message.ts";
import { OWN_SCHEMA } from "./own-schema.ts";
import { People } from "./people.ts";
import type { Schema } from "./schema.ts";
import type { Update, WebhookPost } from "./updates.ts";
import { createWorld } from "./world.ts";

export type { RecordedCall } from "./api.ts";
export type { Draft, Person, ShownMessage } from "./message.ts";
export { readSchema, type Schema } from "./schema.ts";

export type EmulatorOptions = {
  readonly token: string;
  /** 0, and the default: any free port. */
  readonly port?: number;
  readonly username?: string;
  /** What people call the bot. */
  readonly name?: string;
  /** The official schema; absent: our own of the methods that we use. */
  readonly schema?: Schema;
  /** Epoch ms; the clock of drafts, typing, presses, links, rates and 429. */
  readonly now?: () => number;
  /** In groups the bot sees only what is meant for it. */
  readonly privacyMode?: boolean;
  /** False: a server from before Bot API 10.1. */
  readonly knowsRichMessages?: boolean;
  /** Calls beyond Telegram's rates are refused. */
  readonly rates?: boolean;
};

export class TelegramEmulator extends People {
  readonly #api: BotApiServer;
  readonly #port: number;

  constructor(options: EmulatorOptions) {
    const { token, username = "claw_bot", name = "Claw", now = Date.now, schema = OWN_SCHEMA } = options;
    const me: Person = { id: Number.parseInt(token, 10), is_bot: true, first_name: name, username };
    const { privacyMode = false, knowsRichMessages = true, rates = false } = options;
    super(createWorld({ me, now, privacyMode, knowsRichMessages }));
    this.#api = new BotApiServer({ token, schema, now, rates }, this.world);
    this.#port = options.port ?? 0;
  }

  /** What the bot's `TELEGRAM_API_ROOT` must be. Throws before `listen` and after `close`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.#api.port;
  }

  get me(): Person {
    return this.world.me;
  }

  /** Every call so far, in order of arrival. */
  get calls(): readonly RecordedCall[] {
    return this.#api.calls;
  }

  /** The calls that came while a 429 still held. */
  get tooEarly(): readonly RecordedCall[] {
    return this.#api.tooEarly;
  }

  /** Every POST to the webhook so far. */
  get posts(): readonly WebhookPost[] {
    return this.world.updates.posts;
  }

  /** Updates that the bot has not taken yet. */
  get updatesLeft(): number {
    return this.world.updates.left;
  }

  async listen(): Promise<void> {
    await this.#api.listen(this.#port);
  }

  async close(): Promise<void> {
    this.world.updates.stop();
    await this.#api.close();
  }

  /** As the bot's call of the same name, for a test that is not about it. */
  setWebhook({ url, secret }: { readonly url: string; readonly secret: string }): void {
    this.world.updates.setWebhook({ url, secret, maxConnections: 40 }, false);
  }

  /** Sends any update to the bot; without `update_id` it gets the next. */
  push(update: Readonly<Record<string, unknown>>): Update {
    return this.world.updates.push(update);
  }

  /** Everything in a chat in its present state, as its members see it. */
  messages(chatId: number): readonly ShownMessage[] {
    return this.world.chats.messages(chatId);
  }

  /** What the bot has written in a chat. */
  answers(chatId: number): readonly ShownMessage[] {
    return this.messages(chatId).filter((message) => message.from.id === this.me.id);
  }

  /** The files of a message, of a photo the whole one: what they are called and hold. */
  filesOf(message: ShownMessage): readonly StoredFile[] {
    const { photo, document, voice, audio, video, video_note: note, animation, sticker } = message;
    // An animation is a document as well.
    const refs = [photo?.at(-1), animation ?? document, voice, audio, video, note, sticker];
    return refs.flatMap((ref) => this.world.files.find(ref?.file_id) ?? []);
  }

  /** The drafts on screen. */
  drafts(chatId: number): readonly Draft[] {
    return this.world.chats.drafts(chatId);
  }

  isTyping(chatId: number): boolean {
    return this.world.chats.isTyping(chatId);
  }

  /** The commands that the bot offers in a scope, the default one if none is named, to apps in a language. */
  commands(scope?: object, language?: string): readonly BotCommand[] {
    return this.world.commands.get(scope, language);
  }

  /** The person blocks the bot, or no longer, and nobody tells it. */
  block(chatId: number, isBlocked = true): void {
    this.world.chats.block(chatId, isBlocked);
  }

  /** The connections of the next webhook posts break before their answer. */
  cutNextPosts(count: number): void {
    this.world.updates.cutNextPosts(count);
  }

  fail(fault: Fault): void {
    this.#api.fail(fault);
  }

  /** Uses that are left of scripted faults, cut posts included. */
  get faultsLeft(): number {
    return this.#api.faultsLeft + this.world.updates.cutsLeft;
  }

  /** Forgets scripted faults and a running 429. */
  heal(): void {
    this.#api.heal();
  }

  /** Calls `listener` after each call of the bot; returns how to stop that. */
  onCall(listener: (call: RecordedCall) => void): () => void {
    return this.#api.onCall(listener);
  }
}

/** Starts an emulator; `close` it when done. */
export async function startTelegramEmulator(options: EmulatorOptions): Promise<TelegramEmulator> {
  const emulator = new TelegramEmulator(options);
  await emulator.listen();
  return emulator;
}
