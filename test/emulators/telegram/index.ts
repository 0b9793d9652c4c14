/**
 * An emulator of Telegram's Bot API, as unpleasant as the real one: for tests, measurements and playing by hand
 * (`node_modules/.bin/node test/emulators/telegram/play.ts`). It listens on loopback only and keeps everything in memory.
 *
 * Not known of the real service, and chosen here: how often updates are repeated, the wording of some refusals, and that
 * a repeat of getUpdates ends the one before. Stricter than the real service: unknown parameters are refused.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type ChatMessage, Chats, type Draft, type Person } from "./chats.ts";
import { ApiFailure, badRequest } from "./failure.ts";
import { type Fault, Faults } from "./faults.ts";
import { METHODS, type Params, type World } from "./methods.ts";
import { OWN_SCHEMA } from "./own-schema.ts";
import { chatOf, contentOf, personOf, type Said } from "./people.ts";
import { type Call, readCall } from "./request.ts";
import { checkCall, type Schema } from "./schema.ts";
import { type Update, Updates, type WebhookPost } from "./updates.ts";

export type { ChatMessage, Draft } from "./chats.ts";
export { readSchema, type Schema } from "./schema.ts";

export type EmulatorOptions = {
  readonly token: string;
  /** 0, and the default: any free port. */
  readonly port?: number;
  readonly username?: string;
  /** The official schema; absent: our own of the methods that we use. */
  readonly schema?: Schema;
  /** Epoch ms; the clock of drafts, typing and 429. */
  readonly now?: () => number;
};

/** A call of the bot as it came in. `status` is the HTTP status that it got, 0 when it got none. */
export type RecordedCall = {
  readonly method: string;
  readonly params: Params;
  /** Epoch ms with a fraction, by the real clock. */
  readonly at: number;
  readonly status: number;
};

type Outcome = { readonly result: unknown } | { readonly page: number } | ApiFailure;

export class TelegramEmulator {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #options: EmulatorOptions;
  readonly #now: () => number;
  readonly #faults = new Faults();
  readonly #calls: RecordedCall[] = [];
  readonly #listeners = new Set<(call: RecordedCall) => void>();
  readonly #world: World;
  #refusedUntil = 0;

  constructor(options: EmulatorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const id = Number.parseInt(options.token, 10);
    const me: Person = { id, is_bot: true, first_name: "Claw", username: options.username ?? "claw_bot" };
    this.#world = { me, chats: new Chats(this.#now), updates: new Updates() };
  }

  /** What the bot's `TELEGRAM_API_ROOT` must be. Throws before `listen` and after `close`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the emulator is not listening");
    return address.port;
  }

  get me(): Person {
    return this.#world.me;
  }

  /** Every call so far, in order of arrival. */
  get calls(): readonly RecordedCall[] {
    return this.#calls;
  }

  /** Every POST to the webhook so far. */
  get posts(): readonly WebhookPost[] {
    return this.#world.updates.posts;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.port ?? 0, "127.0.0.1", resolve);
    });
  }

  async close(): Promise<void> {
    this.#world.updates.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** As the bot's call of the same name, for a test that is not about it. */
  setWebhook({ url, secret }: { readonly url: string; readonly secret: string }): void {
    this.#world.updates.setWebhook({ url, secret, maxConnections: 40 }, false);
  }

  /** A person writes: the message is in the chat and its update on the way to the bot. */
  say(said: Said): Update & { readonly message: ChatMessage } {
    const person = personOf(said.from);
    const chat = this.#world.chats.enter(chatOf(said.chat, person));
    const replied = this.messages(chat.id).find((other) => other.message_id === said.replyTo);
    const message = this.#world.chats.add(chat.id, person, contentOf(said, replied));
    return { ...this.push({ message }), message };
  }

  /** Sends any update to the bot; without `update_id` it gets the next. */
  push(update: Readonly<Record<string, unknown>>): Update {
    return this.#world.updates.push(update);
  }

  /** Everything in a chat, as its members see it. */
  messages(chatId: number): readonly ChatMessage[] {
    return this.#world.chats.messages(chatId);
  }

  /** What the bot has written in a chat. */
  answers(chatId: number): readonly ChatMessage[] {
    return this.messages(chatId).filter((message) => message.from.is_bot);
  }

  /** The drafts on screen. */
  drafts(chatId: number): readonly Draft[] {
    return this.#world.chats.drafts(chatId);
  }

  isTyping(chatId: number): boolean {
    return this.#world.chats.isTyping(chatId);
  }

  /** The person blocks the bot, or no longer. */
  block(chatId: number, isBlocked = true): void {
    this.#world.chats.block(chatId, isBlocked);
  }

  /** The group becomes a supergroup with another id; the old one takes no calls any more. */
  migrate(chatId: number, toChatId: number): void {
    this.#world.chats.migrate(chatId, toChatId);
  }

  /** The connections of the next webhook posts break before their answer. */
  cutNextPosts(count: number): void {
    this.#world.updates.cutNextPosts(count);
  }

  fail(fault: Fault): void {
    this.#faults.add(fault);
  }

  /** Uses that are left of scripted faults, cut posts included. */
  get faultsLeft(): number {
    return this.#faults.left + this.#world.updates.cutsLeft;
  }

  /** Forgets scripted faults and a running 429. */
  heal(): void {
    this.#faults.clear();
    this.#refusedUntil = 0;
  }

  /** Calls `listener` after each call of the bot; returns how to stop that. */
  onCall(listener: (call: RecordedCall) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.timeOrigin + performance.now();
    const call = await readCall(request).catch(() => null);
    if (!call) {
      respond(response, new ApiFailure(404, "Not Found"));
      return;
    }
    const fault = call.token === this.#options.token ? this.#faults.take(call.method, call.params) : null;
    const outcome = fault?.kind === "cut_before" ? null : await this.#answer(call, fault);
    const shown = fault?.kind === "cut_after" || fault?.kind === "hang" ? null : outcome;
    this.#record({ method: call.method, params: call.params, at, status: statusOf(shown) });
    if (shown !== null) respond(response, shown);
    else if (fault?.kind !== "hang") request.socket.destroy();
  }

  async #answer(call: Call, fault: Fault | null): Promise<Outcome> {
    if (fault?.kind === "page") return { page: fault.status };
    try {
      this.#refuse(call, fault);
      const run = METHODS[call.method];
      if (!run) throw new ApiFailure(404, "Not Found: method not found");
      const problems = checkCall(this.#options.schema ?? OWN_SCHEMA, call.method, call.params);
      if (problems.length > 0) throw badRequest(problems.join("; "));
      return { result: await run(call.params, this.#world) };
    } catch (error) {
      if (error instanceof ApiFailure) return error;
      throw error;
    }
  }

  /** Throws what refuses any call: a wrong token, a 429 that still holds, a scripted fault. */
  #refuse({ token }: Call, fault: Fault | null): void {
    if (token !== this.#options.token) throw new ApiFailure(401, "Unauthorized");
    const leftMs = this.#refusedUntil - this.#now();
    if (leftMs > 0) throw tooMany(Math.ceil(leftMs / 1000));
    if (fault?.kind === "status") throw new ApiFailure(fault.status, fault.description ?? "Emulated fault");
    if (fault?.kind !== "too_many") return;
    this.#refusedUntil = this.#now() + fault.retryAfterS * 1000;
    throw tooMany(fault.retryAfterS);
  }

  #record(call: RecordedCall): void {
    this.#calls.push(call);
    for (const listener of this.#listeners) listener(call);
  }
}

/** Starts an emulator; `close` it when done. */
export async function startTelegramEmulator(options: EmulatorOptions): Promise<TelegramEmulator> {
  const emulator = new TelegramEmulator(options);
  await emulator.listen();
  return emulator;
}

function tooMany(retryAfterS: number): ApiFailure {
  return new ApiFailure(429, `Too Many Requests: retry after ${retryAfterS}`, { retry_after: retryAfterS });
}

function statusOf(outcome: Outcome | null): number {
  if (outcome === null) return 0;
  if (outcome instanceof ApiFailure) return outcome.code;
  return "page" in outcome ? outcome.page : 200;
}

function respond(response: ServerResponse, outcome: Outcome): void {
  const isPage = "page" in outcome;
  response.writeHead(statusOf(outcome), { "content-type": isPage ? "text/html" : "application/json" });
  if (isPage) response.end("<html>not Telegram</html>");
  else if (outcome instanceof ApiFailure) response.end(JSON.stringify(outcome.toBody()));
  else response.end(JSON.stringify({ ok: true, result: outcome.result }));
}
