// A client of the Gateway that does everything right, to see that the emulator leaves such a one alone.
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { expect } from "vitest";
import type { DiscordGatewayEmulator } from "../../../emulators/discord/gateway.ts";
import { type Frame, GatewayBot, soon } from "./gateway-bot.ts";

/** How a connection ended, for who must decide what to do next. */
type End = "resume" | "identify" | "stop";
type Heart = { readonly intervalMs: number; dueAt: number; isAcked: boolean };

const helloSchema = v.looseObject({ heartbeat_interval: v.number() });
const messageSchema = v.looseObject({ id: v.string() });

const NEW_SESSION = new Set([4003, 4007, 4009]);
const TERMINAL = new Set([4004, 4010, 4011, 4012, 4013, 4014]);
const CONNECT_TIMEOUT_MS = 10_000;
const IDENTIFY_EVERY_MS = 5_500;
const LOOK_EVERY_MS = 2;

export class NativeBot {
  /** The ids of the messages that it was told of. */
  readonly heard = new Set<string>();
  readonly #gateway: DiscordGatewayEmulator;
  readonly #stopped = new AbortController();
  #session: { id: string; url: string; seq: number } | null = null;
  #identifiedAt = Number.NEGATIVE_INFINITY;

  constructor(gateway: DiscordGatewayEmulator) {
    this.#gateway = gateway;
  }

  start(): void {
    void this.#live();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** It has heard a message, unless that was lost. */
  async isUpToDate(id: string | undefined): Promise<void> {
    await soon(() => {
      const isLost = this.#gateway.log.lost.some(({ messageId }) => messageId === id);
      expect(id === undefined || isLost || this.heard.has(id)).toBe(true);
    });
  }

  async #live(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const bot = new GatewayBot(this.#session?.url ?? this.#gateway.url);
      const end = await this.#connection(bot).catch((): End => "stop");
      if (bot.closed === null) bot.close(4900);
      if (end === "stop") return;
      if (end === "identify") this.#session = null;
    }
  }

  async #connection(bot: GatewayBot): Promise<End> {
    const patience = performance.now() + this.#gateway.scaled(CONNECT_TIMEOUT_MS);
    while (bot.frames.length === 0) {
      if (bot.refusedWith !== null || bot.closed !== null || performance.now() > patience) return "resume";
      await this.#pause(LOOK_EVERY_MS);
    }
    const { heartbeat_interval: intervalMs } = v.parse(helloSchema, bot.frames[0]?.d);
    const heart: Heart = { intervalMs, dueAt: performance.now() + intervalMs * Math.random(), isAcked: true };
    await this.#introduce(bot);
    for (let seen = 1; ; await this.#pause(LOOK_EVERY_MS)) {
      const news = bot.frames.slice(seen);
      seen += news.length;
      for (const frame of news) {
        const end = this.#take(bot, frame, heart);
        if (end) return end;
      }
      if (bot.closed !== null) return endOf(bot.closed);
      if (performance.now() >= heart.dueAt && !this.#beat(bot, heart)) return "resume";
    }
  }

  /** What a frame says of the connection; null: it goes on. */
  #take(bot: GatewayBot, { op, t, s, d }: Frame, heart: Heart): End | null {
    if (op === 7) return "resume";
    if (op === 9) return d === true ? "resume" : "identify";
    if (op === 11) heart.isAcked = true;
    if (op === 1) bot.heartbeat(this.#session?.seq ?? null);
    if (s !== null) this.#keep(bot, s);
    if (t === "MESSAGE_CREATE") this.heard.add(v.parse(messageSchema, d).id);
    return null;
  }

  /** A replay may begin with numbers that it has. */
  #keep(bot: GatewayBot, s: number): void {
    this.#session ??= { id: bot.ready.session_id, url: bot.ready.resume_gateway_url, seq: 0 };
    this.#session.seq = Math.max(this.#session.seq, s);
  }

  /** False when the heartbeat before got no answer. */
  #beat(bot: GatewayBot, heart: Heart): boolean {
    if (!heart.isAcked) return false;
    heart.isAcked = false;
    heart.dueAt += heart.intervalMs;
    bot.heartbeat(this.#session?.seq ?? null);
    return true;
  }

  async #introduce(bot: GatewayBot): Promise<void> {
    if (this.#session) return bot.resume(this.#session.id, this.#session.seq);
    const waitMs = this.#identifiedAt + this.#gateway.scaled(IDENTIFY_EVERY_MS) - performance.now();
    if (waitMs > 0) await this.#pause(waitMs);
    this.#identifiedAt = performance.now();
    bot.identify();
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, null, { signal: this.#stopped.signal });
  }
}

function endOf(code: number): End {
  if (TERMINAL.has(code)) return "stop";
  return NEW_SESSION.has(code) ? "identify" : "resume";
}
