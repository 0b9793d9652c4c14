/** A Gateway object and Discord at the other end of its sockets, for tests of what it does and stores. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { LiveGateway } from "../../durable-objects/discord-gateway/live-gateway.ts";

export const APPLICATION = "900000000000000001";
export const BOT = "900000000000000002";
const API = "http://127.0.0.1:9/api/v10";
const GATEWAY_URL = "ws://127.0.0.1:9";
export const RESUME_URL = "ws://127.0.0.1:10";
export const HEARTBEAT_MS = 41_250;

export type Sent = { readonly op: number; readonly d: unknown };

/** One socket, from Discord's end. */
export type Connection = {
  readonly url: string;
  readonly sent: Sent[];
  /** By which code the other end closed it; null: it did not. */
  closedBy: number | null;
  readonly socket: WebSocket;
};

const stub = () => env.DISCORD_SOCKET.getByName(APPLICATION);

export class GatewayWorld {
  readonly connections: Connection[] = [];
  /** Calls of the API besides the one for the Gateway's address: "GET /channels/1". */
  readonly calls: string[] = [];
  /** What the next calls are answered with, by the same names. */
  readonly answers = new Map<string, () => Response | Promise<Response>>();
  settings: Record<string, string> = {};
  /** What answers calls that have no answer of their own. */
  fallback: (url: URL) => Response | null = () => null;
  /** Whether Discord answers heartbeats. */
  acks = true;
  onCall: (name: string, body: unknown) => void = () => undefined;
  #gateway: LiveGateway | null = null;
  #seq = 0;

  constructor() {
    // Tomorrow for the platform: no alarm goes off by itself.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 });
    // The first heartbeat of a connection comes after half of the interval, each time.
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    for (const method of ["log", "warn", "error"] as const) vi.spyOn(console, method).mockReturnValue();
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => this.#fetch(new Request(input, init)));
    this.answers.set("GET /gateway/bot", () => Response.json(gatewayBot()));
  }

  /** The connection that is there, or was last. */
  get now(): Connection {
    const last = this.connections.at(-1);
    if (!last) throw new Error("nobody has connected");
    return last;
  }

  /** A new instance over what is stored, as after a deploy. */
  restart(): void {
    // It is in the same process: what it would still be woken for is not to happen.
    if (this.#gateway) vi.spyOn(this.#gateway, "wake").mockResolvedValue();
    this.#gateway = null;
  }

  /** The alarm goes off, or somebody watches. */
  wake(): Promise<void> {
    return this.inside(async (gateway) => gateway.wake());
  }

  /** It is as late as the alarm is set for, and it goes off, if there is one. */
  async alarm(): Promise<void> {
    const at = await this.alarmAt();
    if (at === null) return;
    vi.setSystemTime(Math.max(Date.now(), at));
    await runInDurableObject(stub(), (_object, { storage }) => storage.deleteAlarm());
    await this.wake();
  }

  /** The alarm goes off, each time when it is due, until something is so. */
  async alarmsUntil(isSo: () => Promise<boolean>): Promise<void> {
    await eventually(async () => {
      if (await isSo()) return true;
      await this.alarm();
      return false;
    });
  }

  /** Lets time pass, and the alarm go off if it is due. */
  async pass(ms: number): Promise<void> {
    const until = Date.now() + ms;
    for (let at = await this.alarmAt(); at !== null && at <= until; at = await this.alarmAt()) {
      await this.alarm();
    }
    vi.setSystemTime(until);
  }

  alarmAt(): Promise<number | null> {
    return runInDurableObject(stub(), (_object, { storage }) => storage.getAlarm());
  }

  rows(query: string): Promise<Record<string, SqlStorageValue>[]> {
    return runInDurableObject(stub(), (_object, { storage }) => storage.sql.exec(query).toArray());
  }

  async inside<T>(work: (gateway: LiveGateway) => T | Promise<T>): Promise<T> {
    return runInDurableObject(stub(), (_object, state) => {
      this.#gateway ??= new LiveGateway(state, { ...env, ...discordSettings(), ...this.settings }, APPLICATION);
      return work(this.#gateway);
    });
  }

  /** Discord sends something. */
  say(payload: object, to: Connection = this.now): Promise<void> {
    return this.inside(() => to.socket.send(JSON.stringify(payload)));
  }

  /** An event, with the next number. */
  async dispatch(t: string, d: unknown, s: number = (this.#seq += 1)): Promise<number> {
    this.#seq = s;
    await this.say({ op: 0, t, s, d });
    return s;
  }

  /** Discord ends the connection. */
  close(code: number): Promise<void> {
    return this.inside(() => this.now.socket.close(code));
  }

  async hello(intervalMs = HEARTBEAT_MS): Promise<void> {
    await this.say({ op: 10, d: { heartbeat_interval: intervalMs } });
  }

  async ready(session = "session-1"): Promise<void> {
    this.#seq = 0;
    await this.dispatch("READY", {
      v: 10,
      session_id: session,
      resume_gateway_url: RESUME_URL,
      user: { id: BOT, username: "claw" },
      application: { id: APPLICATION, flags: 0 },
      guilds: [],
    });
  }

  /** From nothing to READY. */
  async start(): Promise<void> {
    await this.wake();
    await this.connected(1);
    await this.hello();
    await this.sends(2);
    await this.ready();
    await this.phase("ready");
  }

  connected(count: number): Promise<void> {
    return eventually(async () => this.connections.length >= count);
  }

  /** Waits until something with this opcode was sent, `count` times on this connection; returns the last one's `d`. */
  async sends(op: number, count = 1): Promise<unknown> {
    const of = () => this.now.sent.filter((sent) => sent.op === op);
    await eventually(async () => of().length >= count);
    return of().at(-1)?.d;
  }

  phase(phase: string): Promise<void> {
    return eventually(async () => (await this.state())["phase"] === phase);
  }

  async state(): Promise<Record<string, unknown>> {
    const [row] = await this.rows("SELECT state, seq FROM gateway");
    const { state, seq } = row ?? {};
    return typeof state === "string" ? { ...(JSON.parse(state) as object), seq } : {};
  }

  async #fetch(request: Request): Promise<Response> {
    if (request.headers.get("upgrade") === "websocket") return this.#take(request);
    const url = new URL(request.url);
    const name = `${request.method} ${url.pathname.replace("/api/v10", "")}${url.search}`;
    if (url.pathname.startsWith("/api/v10/") && name !== "GET /gateway/bot") {
      this.calls.push(name);
      this.onCall(
        name,
        request.method === "GET"
          ? null
          : await request
              .clone()
              .json()
              .catch(() => null),
      );
    }
    return (
      (await this.answers.get(name)?.()) ??
      this.fallback(url) ??
      Response.json({ message: "Unknown", code: 0 }, { status: 404 })
    );
  }

  async #take(request: Request): Promise<Response> {
    const { 0: client, 1: socket } = new WebSocketPair();
    const connection: Connection = { url: request.url, sent: [], closedBy: null, socket };
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      const sent = JSON.parse(String(data)) as Sent;
      connection.sent.push(sent);
      if (sent.op === 1 && this.acks) socket.send('{"op":11}');
    });
    socket.addEventListener("close", ({ code }) => void (connection.closedBy = code));
    this.connections.push(connection);
    return new Response(null, { status: 101, webSocket: client });
  }
}

export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await isSo())) throw new Error("not yet");
    },
    { timeout: 5_000, interval: 5 },
  );
}

export function gatewayBot(remaining = 1_000): object {
  const session_start_limit = { total: 1_000, remaining, reset_after: 3_600_000, max_concurrency: 1 };
  return { url: GATEWAY_URL, shards: 1, session_start_limit };
}

function discordSettings(): Record<string, string> {
  return {
    DISCORD_APPLICATION_ID: APPLICATION,
    DISCORD_PUBLIC_KEY: "ab".repeat(32),
    DISCORD_BOT_TOKEN: "bot-token-of-the-gateway-tests",
    DISCORD_API_ROOT: API,
    DISCORD_GATEWAY: "on",
  };
}
