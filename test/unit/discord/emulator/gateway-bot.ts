// A small client of the Gateway for tests: it does what it is told, well or badly, and keeps what it hears.
import { once } from "node:events";
import * as v from "valibot";
import { expect, vi } from "vitest";
import { WebSocket } from "ws";
import type { GatewayEvent, GatewayOptions } from "../../../emulators/discord/gateway.ts";

export const TOKEN = "discord-bot-token-for-tests";
export const BOT = { id: "700000000000000001", username: "claw" };
/** All that an assistant asks for, with and without MESSAGE_CONTENT. */
export const INTENTS = 13_825;
export const INTENTS_WITH_CONTENT = 46_593;

/** A minute of Discord is 60 ms; nothing ends by itself while a test runs. */
export const OPTIONS: GatewayOptions = {
  botToken: TOKEN,
  applicationId: "600000000000000001",
  bot: BOT,
  timeScale: 1_000,
  heartbeatIntervalMs: 10_000_000,
  resumeWindowMs: 10_000_000,
};

/** Waits until it does not throw, with little time lost. */
export function soon<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { interval: 2, timeout: 5_000 });
}

const frameSchema = v.object({
  op: v.number(),
  t: v.nullable(v.string()),
  s: v.nullable(v.number()),
  d: v.nullable(v.unknown()),
});
const readySchema = v.looseObject({ session_id: v.string(), resume_gateway_url: v.string() });

export type Frame = v.InferOutput<typeof frameSchema>;

export class GatewayBot {
  readonly frames: Frame[] = [];
  /** The length of each frame in bytes, in the same order. */
  readonly lengths: number[] = [];
  /** How the connection ended; 1006: without a close frame. */
  closed: number | null = null;
  /** The status that the web socket was refused with. */
  refusedWith: number | null = null;
  readonly #socket: WebSocket;

  constructor(url: string, query = "v=10&encoding=json") {
    this.#socket = new WebSocket(`${url}/?${query}`);
    this.#socket.on("error", () => {});
    this.#socket.on("unexpected-response", (request, response) => {
      this.refusedWith = response.statusCode ?? 0;
      request.destroy();
    });
    this.#socket.on("close", (code) => {
      this.closed = code;
    });
    this.#socket.on("message", (data) => {
      if (!Buffer.isBuffer(data)) return;
      const text = data.toString();
      this.lengths.push(Buffer.byteLength(text));
      this.frames.push(v.parse(frameSchema, JSON.parse(text)));
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The dispatches of one kind, or all of them. */
  dispatches(t?: string): readonly Frame[] {
    return this.frames.filter((frame) => frame.op === 0 && (t === undefined || frame.t === t));
  }

  /** The ids of the messages that it was told of. */
  get messageIds(): readonly string[] {
    return this.dispatches("MESSAGE_CREATE").map(({ d }) => v.parse(v.object({ id: v.string() }), d).id);
  }

  /** The number of the newest dispatch. */
  get seq(): number {
    return Math.max(0, ...this.frames.map(({ s }) => s ?? 0));
  }

  get ready(): v.InferOutput<typeof readySchema> {
    return v.parse(readySchema, this.dispatches("READY")[0]?.d);
  }

  /** Waits for the first frame with this opcode, or the first dispatch of this kind. */
  async hears(what: number | string): Promise<Frame> {
    return soon(() => {
      const frame = this.frames.find(({ op, t }) => (typeof what === "number" ? op === what : t === what));
      expect(frame, `heard ${what}; closed with ${this.closed}`).toBeDefined();
      return frame!;
    });
  }

  async isClosed(): Promise<number> {
    return soon(() => {
      expect(this.closed).not.toBeNull();
      return this.closed!;
    });
  }

  async opened(): Promise<this> {
    if (!this.isOpen) await once(this.#socket, "open");
    return this;
  }

  /** Text and bytes as they are, anything else as JSON. */
  send(payload: unknown): void {
    const isRaw = typeof payload === "string" || Buffer.isBuffer(payload);
    this.#socket.send(isRaw ? payload : JSON.stringify(payload));
  }

  heartbeat(seq: number | null = this.seq): void {
    this.send({ op: 1, d: seq });
  }

  identify(fields: object = {}): void {
    const properties = { os: "linux", browser: "test", device: "test" };
    this.send({ op: 2, d: { token: TOKEN, intents: INTENTS, properties, ...fields } });
  }

  resume(sessionId: string, seq: number | null, token = TOKEN): void {
    this.send({ op: 6, d: { token, session_id: sessionId, seq } });
  }

  close(code?: number): void {
    this.#socket.close(code);
  }

  /** Ends the connection without a close frame. */
  drop(): void {
    this.#socket.terminate();
  }
}

/** Connects and waits for Hello. */
export async function connected(url: string): Promise<GatewayBot> {
  const bot = await new GatewayBot(url).opened();
  await bot.hears(10);
  return bot;
}

/** Connects, identifies and waits for READY and the guild. */
export async function identified(url: string, fields: object = {}): Promise<GatewayBot> {
  const bot = await connected(url);
  bot.identify(fields);
  await bot.hears("READY");
  return bot;
}

/** Resumes the session of another bot and waits for the end of the replay. */
export async function resumed(before: GatewayBot, seq = before.seq): Promise<GatewayBot> {
  const bot = await connected(before.ready.resume_gateway_url);
  bot.resume(before.ready.session_id, seq);
  await bot.hears("RESUMED");
  return bot;
}

let nextMessage = 1;

export type SaidEvent = GatewayEvent & { readonly d: { readonly id: string; readonly channel_id: string } };

/** A message of a person, in a guild unless `guildId` is null. */
export function said(content: string, fields: object = {}, guildId: string | null = "900000000000000001"): SaidEvent {
  nextMessage += 1;
  return {
    t: "MESSAGE_CREATE",
    d: {
      id: String(800_000_000_000_000_000n + BigInt(nextMessage)),
      channel_id: guildId === null ? "900000000000000040" : "900000000000000010",
      ...(guildId !== null && { guild_id: guildId }),
      author: { id: "500000000000000001", username: "ann" },
      content,
      mentions: [],
      embeds: [],
      attachments: [],
      components: [],
      ...fields,
    },
    ...(guildId !== null && { guildId }),
  };
}
