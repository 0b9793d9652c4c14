/**
 * An emulator of Discord's Gateway (v10, JSON), as unpleasant as the real one, on two loopback ports: one that
 * `GET /gateway/bot` names, and one for RESUME. Everything it does wrong is asked for by a method, or by a fault plan.
 *
 * Guessed of the real service: how long a session can be resumed (3 minutes), that a heartbeat may be half an interval
 * late, that an IDENTIFY that is refused counts, how many events are kept, what becomes of a session that the server
 * closes with 1000 or 1001 (it is kept), that a RESUME takes a session away from a connection that is still open, and
 * that the Gateway hangs up half a minute after op 7. Stricter: a RESUME at the wrong URL costs the session.
 */
import { SILENCE_INTERVALS } from "./gateway/bounds.ts";
import { Clock } from "./gateway/clock.ts";
import type { CloseCode } from "./gateway/codes.ts";
import { Connection } from "./gateway/connection.ts";
import { blankedFor } from "./gateway/content.ts";
import type { GatewayEvent } from "./gateway/event.ts";
import type { SessionStartLimit } from "./gateway/identify-limit.ts";
import { isAskedFor, MESSAGE_CONTENT } from "./gateway/intents.ts";
import { type Arrival, Listener, type Verdict } from "./gateway/listener.ts";
import { type ListenerName, Log } from "./gateway/log.ts";
import { type GatewayOptions, type Settings, settingsOf } from "./gateway/options.ts";
import { Protocol } from "./gateway/protocol.ts";
import { idsOf } from "./gateway/random.ts";
import { Script } from "./gateway/script.ts";
import type { Session, Tracked } from "./gateway/session.ts";
import { Sessions } from "./gateway/sessions.ts";

export type { GatewayEvent } from "./gateway/event.ts";
export type { GatewayOptions } from "./gateway/options.ts";

/** What became of an event: written to a connection, kept for a replay, not for this bot, or lost. */
export type DispatchOutcome = "sent" | "kept" | "not_told" | "lost";

export class DiscordGatewayEmulator {
  readonly log: Log;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #script = new Script();
  readonly #protocol: Protocol;
  readonly #main: Listener;
  readonly #resume: Listener;
  readonly #port: number;
  readonly #world: GatewayOptions["world"];
  readonly #waiting = new Set<() => void>();
  #stopListening: () => void = () => {};
  #nextId = 1;

  constructor(options: GatewayOptions) {
    this.#settings = settingsOf(options);
    this.#clock = new Clock(options.timeScale ?? 1, options.now ?? Date.now);
    this.log = new Log(this.#clock);
    this.#sessions = new Sessions(this.#clock, this.log, this.#settings, idsOf(options.seed ?? 1));
    this.#protocol = new Protocol({
      settings: this.#settings,
      clock: this.#clock,
      log: this.log,
      sessions: this.#sessions,
      script: this.#script,
      resumeUrl: () => this.resumeUrl,
      live: () => {
        for (const told of this.#waiting) told();
        this.#waiting.clear();
      },
    });
    this.#main = this.#listener("main");
    this.#resume = this.#listener("resume");
    this.#port = options.port ?? 0;
    this.#world = options.world;
  }

  /** What `GET /gateway/bot` names. Throws before `listen` and after `close`. */
  get url(): string {
    return this.#main.url;
  }

  /** What READY names. */
  get resumeUrl(): string {
    return this.#resume.url;
  }

  /** The answer to `GET /gateway/bot`, but for a token that was reset. */
  gatewayBot(): { readonly url: string; readonly shards: number; readonly session_start_limit: SessionStartLimit } {
    const shards = this.#settings.needsSharding ? 2 : 1;
    return { url: this.url, shards, session_start_limit: this.#protocol.limit.describe() };
  }

  /** Too many IDENTIFYs, or `resetToken`: Discord knows the token no more, on HTTP neither. */
  get tokenReset(): boolean {
    return this.#protocol.isTokenReset;
  }

  /** Whether a connection carries a session now. */
  get isLive(): boolean {
    return this.#protocol.live !== null;
  }

  /** Sessions that are carried or can be resumed: their ids. */
  get sessionIds(): readonly string[] {
    return this.#sessions.all.map(({ id }) => id);
  }

  async listen(): Promise<void> {
    await this.#main.listen(this.#port);
    await this.#resume.listen(0);
    this.#stopListening = this.#world?.onEvent((event) => this.dispatch(event)) ?? (() => {});
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#clock.stop();
    await Promise.all([this.#main.close(), this.#resume.close()]);
  }

  /** How long something of Discord's time takes here. */
  scaled(ms: number): number {
    return this.#clock.scaled(ms);
  }

  /** Resolves when a connection carries a session: at once, or after the next READY or RESUMED. */
  whenLive(): Promise<void> {
    if (this.isLive) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Something happens in Discord. Whoever has a session and asked for it is told, now or in a replay. */
  dispatch(event: GatewayEvent): DispatchOutcome {
    if (event.t === "INTERACTION_CREATE" && this.#settings.interactionsUrl() !== null) return "not_told";
    const sessions = this.#sessions.of(event);
    if (sessions.length === 0) {
      this.#sessions.lose(event);
      return "lost";
    }
    const told = sessions.filter(({ intents }) => isAskedFor(event, intents));
    if (told.length === 0) return "not_told";
    const tracked: Tracked = { event, isWritten: false, isConfirmed: false };
    for (const session of told) {
      session.add(event.t, this.#shownTo(session, event).d, tracked);
      if (!this.#script.isHolding) session.connection?.flush();
    }
    return tracked.isWritten ? "sent" : "kept";
  }

  /** The network takes the live connection away; `isReset`: with what was on its way. These return whether there was one. */
  dropNow(isReset = false): boolean {
    return this.#onLive((connection) => connection.drop(isReset));
  }

  /** The server closes by a code, or without one. */
  closeWith(code?: CloseCode): boolean {
    return this.#onLive((connection) => this.#protocol.close(connection, code));
  }

  /** Op 9. */
  invalidate(isResumable: boolean): boolean {
    return this.#onLive((connection) => this.#protocol.invalidate(connection, isResumable));
  }

  /** Op 7. */
  reconnect(): boolean {
    return this.#onLive((connection) => this.#protocol.reconnect(connection));
  }

  /** The next heartbeats of the live connection get no op 11; all of them, if no count is named. */
  withholdAcks(count = Number.POSITIVE_INFINITY): boolean {
    return this.#onLive((connection) => {
      connection.withheldAcks = count;
    });
  }

  /** The live connection becomes half open: nothing is read from it and nothing written to it, and nobody closes it. */
  stall(): boolean {
    return this.#onLive((connection) => {
      connection.stall();
      const { session } = connection;
      this.#clock.after(this.#settings.heartbeatIntervalMs * SILENCE_INTERVALS, () => {
        if (session?.connection === connection) this.#sessions.leave(session);
      });
    });
  }

  /** The live connection drops, and its session is forgotten before the client can come back. */
  forgetSession(): boolean {
    return this.#onLive((connection) => {
      const { session } = connection;
      connection.drop();
      if (session) this.#sessions.end(session);
    });
  }

  /** Op 1: the client is to send a heartbeat at once. */
  askHeartbeat(): boolean {
    return this.#onLive((connection) => {
      connection.isAskedForHeartbeat = true;
      connection.send({ t: null, s: null, op: 1, d: null });
    });
  }

  /** The next requests for a web socket get this status. */
  refuseUpgrade(status: number, times = 1): void {
    this.#script.refuse(status, times);
  }

  /** The next requests for a web socket get no answer at all. */
  hangUpgrade(times = 1): void {
    this.#script.refuse("hang", times);
  }

  /** The Hello of the next connection comes so late; Infinity: never. */
  slowHello(delayMs: number): void {
    this.#script.delayHello(delayMs);
  }

  /** The next RESUME is told so many events once more that the client says it has. */
  replayOverlap(count: number): void {
    this.#script.overlap(count);
  }

  /** Dispatches are numbered, but not sent, until `releaseDispatches`. */
  holdDispatches(): void {
    this.#script.isHolding = true;
  }

  releaseDispatches(): void {
    this.#script.isHolding = false;
    for (const { connection } of this.#sessions.all) connection?.flush();
  }

  /** Sessions without a connection cannot be resumed any more, as after a long time. */
  expireSessions(): void {
    for (const session of this.#sessions.all) if (!session.connection) this.#sessions.end(session);
  }

  /** The next close with 1000 or 1001 is as it should be: somebody switched the bot off. */
  expectGoodbye(): void {
    this.#protocol.isGoodbyeExpected = true;
  }

  /** The owner resets the token. */
  resetToken(): void {
    this.#protocol.resetToken();
  }

  #shownTo(session: Session, event: GatewayEvent): GatewayEvent {
    return (session.intents & MESSAGE_CONTENT) === 0 ? blankedFor(this.#settings.bot.id, event) : event;
  }

  #onLive(act: (connection: Connection) => void): boolean {
    const { live } = this.#protocol;
    if (live) act(live);
    return live !== null;
  }

  #listener(name: ListenerName): Listener {
    const judge = (query: URLSearchParams): Verdict => {
      const verdict = this.#script.nextVerdict();
      if (verdict === "hang") {
        this.log.hanging += 1;
        return verdict;
      }
      const isSupported = (query.get("encoding") ?? "json") === "json" && !query.has("compress");
      if (!isSupported) this.log.violation(0, "unsupported_url", query.toString());
      const judged = verdict === "take" && !isSupported ? 400 : verdict;
      if (judged !== "take") this.log.refused.push({ at: this.#clock.now(), status: judged });
      return judged;
    };
    return new Listener(judge, (arrival) => this.#arrived(name, arrival));
  }

  #arrived(listener: ListenerName, { web, tcp, query }: Arrival): void {
    const connection = new Connection({ id: this.#nextId, listener, web, tcp }, this.#clock, this.log);
    this.#nextId += 1;
    web.on("error", () => {});
    web.on("close", (code) => this.#protocol.ended(connection, code));
    web.on("message", (data, isBinary) => {
      if (Buffer.isBuffer(data)) this.#protocol.received(connection, data, isBinary);
    });
    this.#protocol.opened(connection, query.get("v"));
  }
}

/** Starts an emulator; `close` it when done. */
export async function startDiscordGateway(options: GatewayOptions): Promise<DiscordGatewayEmulator> {
  const emulator = new DiscordGatewayEmulator(options);
  await emulator.listen();
  return emulator;
}
