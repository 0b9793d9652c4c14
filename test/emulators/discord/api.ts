/** The HTTP side of the emulated Discord: reads calls, lets them be answered, keeps a record, and breaks connections. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Answering, type AnsweringOptions, type ReadCall } from "./answering.ts";
import { DiscordFailure } from "./failure.ts";
import { type Fault, Faults } from "./faults.ts";
import { breakOff, type Reply, respond } from "./reply.ts";
import { readBody, readBytes } from "./request.ts";
import { type Match, matchRoute } from "./route.ts";
import { ROUTES } from "./routes.ts";
import type { World } from "./world.ts";

/** A call of the bot as it came in. */
export type RecordedCall = {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The template of the route, or `cdn` for the download of a file; null: there is none. */
  readonly route: string | null;
  /** What the path names, by the names in the template. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The JSON, of a form that of `payload_json`; null: it could not be read. */
  readonly body: unknown;
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: number }[];
  /** Epoch ms with a fraction, by the real clock. */
  readonly at: number;
  /** 0 when it got no whole answer. */
  readonly status: number;
  /** Discord's code of a refusal. */
  readonly code?: number;
  /** It was done, whatever was answered. */
  readonly isCarriedOut: boolean;
  /** The JSON that was answered, or would have been. */
  readonly answer: unknown;
};

const ROOT = "/api/v10";
const SILENT: ReadonlySet<Fault["kind"] | undefined> = new Set(["cut_before", "cut_after", "hang"]);

export class ApiServer {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #answering: Answering;
  readonly #faults = new Faults();
  readonly #listeners = new Set<(call: RecordedCall) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly calls: RecordedCall[] = [];

  constructor(options: AnsweringOptions, world: World) {
    this.#answering = new Answering(options, world);
  }

  /** Throws before `listen` and after `close`. */
  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the emulator is not listening");
    return address.port;
  }

  get invalidRequests(): number {
    return this.#answering.invalidRequests;
  }

  get faultsLeft(): number {
    return this.#faults.left;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  fail(fault: Fault): void {
    this.#faults.add(fault);
  }

  heal(): void {
    this.#faults.clear();
    this.#answering.heal();
  }

  onCall(listener: (call: RecordedCall) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.timeOrigin + performance.now();
    const call = await readCall(request).catch(() => null);
    if (!call) return;
    const fault = this.#takeFault(call);
    const reply = fault?.kind === "cut_before" ? { status: 0 } : await this.#answering.replyTo(call, fault);
    const record = recordOf(call, at, SILENT.has(fault?.kind) ? { ...reply, status: 0 } : reply);
    this.calls.push(record);
    for (const listener of this.#listeners) listener(record);
    this.#send(request, response, reply, fault);
  }

  #takeFault({ method, url, match }: ReadCall): Fault | null {
    const route = routeName(match, url);
    if (route === null) return null;
    const { channel_id: channelId, webhook_token: token } = paramsOf(match);
    return this.#faults.take({ method, route, channelId, token });
  }

  #send(request: IncomingMessage, response: ServerResponse, reply: Reply, fault: Fault | null): void {
    switch (fault?.kind) {
      case "cut_before":
      case "cut_after":
        if (reply.bytes) breakOff(response, reply, () => request.socket.destroy());
        else request.socket.destroy();
        return;
      case "hang":
        if (reply.bytes) breakOff(response, reply, () => {});
        return;
      case "slow":
        this.#timers.add(setTimeout(() => respond(response, reply), fault.delayMs));
        return;
      case "garbage": {
        const { status, headers = {} } = reply;
        respond(response, { status, headers, text: fault.text ?? "upstream said: {" });
        return;
      }
      default:
        respond(response, reply);
    }
  }
}

/** Rejects when the connection breaks before the call is complete. */
async function readCall(request: IncomingMessage): Promise<ReadCall> {
  const { method = "GET", headers } = request;
  const url = new URL(request.url ?? "/", "http://emulator");
  const isApi = url.pathname.startsWith(`${ROOT}/`);
  const match = isApi ? matchRoute(ROUTES, method, url.pathname.slice(ROOT.length)) : null;
  const bytes = await readBytes(request);
  const body = await readBody(bytes, headers["content-type"] ?? "").catch((error: unknown) => {
    if (error instanceof DiscordFailure) return error;
    throw error;
  });
  return { method, url, headers, match, body };
}

function recordOf({ method, url, headers, match, body }: ReadCall, at: number, reply: Reply): RecordedCall {
  const isRead = !(body instanceof DiscordFailure);
  const uploads = isRead ? body.uploads : [];
  return {
    method,
    path: url.pathname,
    route: routeName(match, url),
    params: paramsOf(match),
    query: Object.fromEntries(url.searchParams),
    headers,
    body: isRead ? (body.list ?? body.json) : null,
    files: uploads.map(({ field, name, content }) => ({ field, name, bytes: content.length })),
    at,
    status: reply.status,
    ...(reply.code !== undefined && { code: reply.code }),
    isCarriedOut: reply.isCarriedOut === true,
    answer: reply.json,
  };
}

function routeName(match: Match | "wrongMethod" | null, { pathname }: URL): string | null {
  if (pathname.startsWith("/attachments/")) return "cdn";
  return typeof match === "object" && match ? match.route.template : null;
}

function paramsOf(match: Match | "wrongMethod" | null): Match["params"] {
  return typeof match === "object" && match ? match.params : {};
}
