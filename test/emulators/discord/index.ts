/**
 * An emulator of Discord's HTTP API v10 and of the people there, as unpleasant as the real one: for tests, measurements and
 * playing by hand (`node_modules/.bin/node test/emulators/discord/play.ts`). It listens on loopback only and keeps
 * everything in memory. What the Gateway would tell comes by `world.onEvent`.
 *
 * Not known of the real service, and chosen here: how long a nonce is known, the code for a token whose interaction was not
 * answered in time, the sizes of rate limit buckets, and the wording of some refusals. Stricter than the real service:
 * fields that its document does not know are refused.
 */
import { ApiServer, type RecordedCall } from "./api.ts";
import type { EndpointPost } from "./endpoint.ts";
import type { Fault } from "./faults.ts";
import { ANSWER_MS } from "./interactions.ts";
import type { Json } from "./json.ts";
import { bodyCheck, type Schema } from "./schema.ts";
import { Scenery } from "./scenery.ts";
import { type ShownMessage, shownIn } from "./shown.ts";
import type { User } from "./wire.ts";
import { createWorld, type SessionStartLimit, type Violation } from "./world.ts";

export type { RecordedCall } from "./api.ts";
export type { Outcome } from "./interact.ts";
export type { Person } from "./person.ts";
export { readSchema, type Schema } from "./schema.ts";
export type { ShownMessage } from "./shown.ts";

export type EmulatorOptions = {
  readonly applicationId?: string;
  readonly botToken?: string;
  /** What people call the bot. */
  readonly name?: string;
  /** 0, and the default: any free port. */
  readonly port?: number;
  /** Where interactions are posted to, taken without a probe; null, and the default: they come over the Gateway. */
  readonly endpoint?: string | null;
  /** The official document; absent: our own part of it. */
  readonly schema?: Schema;
  /** Epoch ms; the clock of everything but the arrival of calls. */
  readonly now?: () => number;
  readonly gatewayUrl?: () => string;
  readonly sessionStartLimit?: () => SessionStartLimit;
  /** Calls beyond the rate limits are refused. */
  readonly rates?: boolean;
  /** So many 401, 403 and 429 in ten minutes shut us out. */
  readonly invalidMax?: number;
  /** How long `enforce_nonce` knows a nonce ("the past few minutes"); 60,000 for the least that can be meant. */
  readonly nonceWindowMs?: number;
  /** Whether messages that are read later still have their nonce. */
  readonly tellsNonceLater?: boolean;
  /** The privileged intent MESSAGE_CONTENT is switched on. */
  readonly mayReadContent?: boolean;
  readonly lateTokenCode?: 10_015 | 10_062;
};

const SESSION_STARTS: SessionStartLimit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };

const DEFAULTS = {
  applicationId: "1400000000000000001",
  name: "Claw",
  port: 0,
  endpoint: null,
  now: Date.now,
  gatewayUrl: () => "ws://127.0.0.1:9",
  sessionStartLimit: () => SESSION_STARTS,
  rates: false,
  invalidMax: 10_000,
  nonceWindowMs: 300_000,
  tellsNonceLater: false,
  mayReadContent: true,
  lateTokenCode: 10_015,
} as const satisfies EmulatorOptions;

export class DiscordEmulator extends Scenery {
  readonly #api: ApiServer;
  readonly #port: number;
  #botToken: string;

  constructor(options: EmulatorOptions = {}) {
    const { port, endpoint, rates, invalidMax, schema, botToken, ...known } = { ...DEFAULTS, ...options };
    const { applicationId, now } = known;
    super(createWorld({ ...known, origin: () => this.origin, checkBody: bodyCheck(schema) }));
    this.world.interactionsUrl = endpoint;
    this.#botToken = botToken ?? `${Buffer.from(applicationId).toString("base64url")}.AAAAAA.emulated-secret`;
    this.#port = port;
    this.#api = new ApiServer({ botToken: () => this.#botToken, now, rates, invalidMax }, this.world);
  }

  get port(): number {
    return this.#api.port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What the bot's `DISCORD_API_ROOT` must be. Throws before `listen` and after `close`. */
  get apiRoot(): string {
    return `${this.origin}/api/v10`;
  }

  get applicationId(): string {
    return this.world.applicationId;
  }

  get botToken(): string {
    return this.#botToken;
  }

  /** What the bot's `DISCORD_PUBLIC_KEY` must be. */
  get publicKey(): string {
    return this.world.signer.publicKeyHex;
  }

  /** The bot itself. */
  get me(): User {
    return this.world.me;
  }

  /** Every call so far, in order of arrival. */
  get calls(): readonly RecordedCall[] {
    return this.#api.calls;
  }

  /** Every POST to the interactions endpoint so far. */
  get posts(): readonly EndpointPost[] {
    return this.world.endpoint.posts;
  }

  /** What the bot sent that nobody should send. */
  get violations(): readonly Violation[] {
    return this.world.violations;
  }

  /** 401, 403 and 429 of the last ten minutes. */
  get invalidRequests(): number {
    return this.#api.invalidRequests;
  }

  get interactionsUrl(): string | null {
    return this.world.interactionsUrl;
  }

  /** Sets the endpoint without a probe; null: interactions come over the Gateway. */
  setEndpoint(url: string | null): void {
    this.world.interactionsUrl = url;
  }

  /** The token of the bot is no longer good, as after too many identifies. */
  resetToken(): string {
    this.#botToken = `${this.#botToken}x`;
    return this.#botToken;
  }

  async listen(): Promise<void> {
    await this.#api.listen(this.#port);
  }

  async close(): Promise<void> {
    await this.#api.close();
  }

  /** Everything in a channel in its present state, as its members see it; what is for one person's eyes is marked. */
  shown(channelId: string): readonly ShownMessage[] {
    return shownIn(this.world, channelId);
  }

  /** What the bot has written in a channel, with what it only began. */
  answers(channelId: string): readonly ShownMessage[] {
    return this.shown(channelId).filter(({ authorId }) => authorId === this.me.id);
  }

  isTyping(channelId: string): boolean {
    return this.world.places.isTyping(this.world.places.get(channelId));
  }

  /** The commands that the bot has registered, in one guild or everywhere. */
  commands(guildId: string | null = null): readonly Json[] {
    return this.world.commands.list(guildId);
  }

  /** Posts any body to the endpoint, well signed at a time (epoch ms) of choice. */
  async deliver(body: string | Json, signedAt: number = this.world.now()): Promise<EndpointPost> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const headers = this.world.signer.headersFor(text, Math.floor(signedAt / 1000));
    return this.world.endpoint.send(this.#endpoint(), text, headers, ANSWER_MS);
  }

  /** Discord's routine look whether forged bodies are refused; if not, it forgets the endpoint. */
  async probe(): Promise<boolean> {
    const { world } = this;
    const isSound = await world.endpoint.isSound(this.#endpoint(), world.applicationId, world.ids.next(), ANSWER_MS);
    if (!isSound) world.interactionsUrl = null;
    return isSound;
  }

  fail(fault: Fault): void {
    this.#api.fail(fault);
  }

  /** The connections of the next POSTs to the endpoint break before their answer. */
  cutNextPosts(count: number): void {
    this.world.endpoint.cutNext(count);
  }

  /** Uses that are left of scripted faults, cut posts included. */
  get faultsLeft(): number {
    return this.#api.faultsLeft + this.world.endpoint.cutsLeft;
  }

  /** Forgets scripted faults and a running 429. */
  heal(): void {
    this.#api.heal();
    this.world.endpoint.heal();
  }

  /** Calls `listener` after each call of the bot; returns how to stop that. */
  onCall(listener: (call: RecordedCall) => void): () => void {
    return this.#api.onCall(listener);
  }

  #endpoint(): string {
    const { interactionsUrl } = this.world;
    if (interactionsUrl === null) throw new Error("the application has no interactions endpoint");
    return interactionsUrl;
  }
}

/** Starts an emulator; `close` it when done. */
export async function startDiscordEmulator(options: EmulatorOptions = {}): Promise<DiscordEmulator> {
  const emulator = new DiscordEmulator(options);
  await emulator.listen();
  return emulator;
}
