/** The HTTP side of the emulated Discord: reads calls, lets faults and limits strike, answers, and keeps a record. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Body } from "./compose.ts";
import { DiscordFailure, formError, refusal } from "./failure.ts";
import { type Fault, Faults } from "./faults.ts";
import { InvalidRequests } from "./invalid-requests.ts";
import type { Json } from "./json.ts";
import { Rates, type TooMany, type Verdict } from "./rates.ts";
import { readBody, readBytes } from "./request.ts";
import { type Match, matchRoute } from "./route.ts";
import { ROUTES } from "./routes.ts";
import type { World } from "./world.ts";

/** A call of the bot as it came in. `status` is the HTTP status that it got, 0 when it got no whole answer. */
export type RecordedCall = {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The template of the route, or `cdn` for the download of a file; null: there is none. */
  readonly route: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: number }[];
  /** Epoch ms with a fraction, by the real clock. */
  readonly at: number;
  readonly status: number;
  /** Discord's code of a refusal. */
  readonly code?: number;
  /** What the call changed is there, whatever was answered. */
  readonly isCarriedOut: boolean;
  readonly answer: unknown;
};

export type ApiOptions = {
  readonly botToken: () => string;
  readonly now: () => number;
  readonly rates: boolean;
  readonly invalidMax: number;
};

type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly isCarriedOut?: boolean;
};

type Request = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer | "tooLarge";
};

const ROOT = "/api/v10";

export class ApiServer {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #options: ApiOptions;
  readonly #world: World;
  readonly #faults = new Faults();
  readonly #rates: Rates;
  readonly #invalid: InvalidRequests;
  readonly #listeners = new Set<(call: RecordedCall) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly calls: RecordedCall[] = [];

  constructor(options: ApiOptions, world: World) {
    this.#options = options;
    this.#world = world;
    this.#rates = new Rates(options.rates);
    this.#invalid = new InvalidRequests(options.invalidMax);
  }

  /** Throws before `listen` and after `close`. */
  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the emulator is not listening");
    return address.port;
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

  get faultsLeft(): number {
    return this.#faults.left;
  }

  /** 401, 403 and 429 of the last ten minutes. */
  get invalidRequests(): number {
    return this.#invalid.count(this.#options.now());
  }

  heal(): void {
    this.#faults.clear();
    this.#rates.clear();
  }

  onCall(listener: (call: RecordedCall) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.timeOrigin + performance.now();
    const bytes = await readBytes(incoming).catch(() => null);
    if (bytes === null) return;
    const url = new URL(incoming.url ?? "/", "http://emulator");
    const request: Request = { method: incoming.method ?? "GET", url, headers: incoming.headers, bytes };
    const match = this.#match(request);
    const channelId = typeof match === "object" ? match?.params["channel_id"] : undefined;
    const route = routeName(match, url);
    const fault = route === null ? null : this.#faults.take({ method: request.method, route, channelId });
    let body: Body = { json: {}, uploads: [] };
    const reply = await readBody(bytes, incoming.headers["content-type"] ?? "").then(
      (read) => {
        body = read;
        return this.#replyTo(request, match, read, fault);
      },
      (error: unknown) => failed(error),
    );
    this.#record(request, match, body, at, reply, fault);
    this.#send(incoming, response, reply, fault);
  }

  #match({ method, url: { pathname } }: Request): Match | "wrongMethod" | null {
    return pathname.startsWith(`${ROOT}/`) ? matchRoute(ROUTES, method, pathname.slice(ROOT.length)) : null;
  }

  async #replyTo(
    request: Request,
    match: Match | "wrongMethod" | null,
    body: Body,
    fault: Fault | null,
  ): Promise<Reply> {
    if (fault?.kind === "cut_before") return { status: 0 };
    if (fault?.kind === "page") return { status: fault.status, text: "<html><body>Bad Gateway</body></html>" };
    const { now } = this.#options;
    const file = this.#world.files.open(request.url.pathname, request.url.searchParams);
    if (file) return { status: 200, bytes: file.content, headers: { "content-type": file.mimeType } };
    if (request.url.pathname.startsWith("/attachments/")) {
      return { status: 404, text: "This content is no longer available." };
    }
    const bannedMs = this.#invalid.bannedMs(now());
    if (bannedMs > 0) {
      const headers = { "retry-after": String(Math.ceil(bannedMs / 1000)), "content-type": "text/plain" };
      return { status: 429, text: "error code: 1015", headers };
    }
    const reply = await this.#limited(request, match, body, fault);
    this.#invalid.note(reply.status, reply.headers?.["x-ratelimit-scope"] === "shared", now());
    return reply;
  }

  async #limited(
    request: Request,
    match: Match | "wrongMethod" | null,
    body: Body,
    fault: Fault | null,
  ): Promise<Reply> {
    if (match === null) return failed(refusal("notFound"));
    if (match === "wrongMethod") return failed(refusal("methodNotAllowed"));
    const { route, params } = match;
    const isBot = route.isOpen !== true;
    if (isBot && request.headers.authorization !== `Bot ${this.#options.botToken()}`)
      return failed(refusal("unauthorized"));
    const call = { method: request.method, route: route.template, params, isBot };
    const now = this.#options.now();
    if (fault?.kind === "too_many") {
      const { retryAfterS, scope = "user", code } = fault;
      const tooMany = { retryAfterMs: retryAfterS * 1000, scope, ...(code !== undefined && { code }) };
      this.#rates.block(call, tooMany, now);
    }
    const verdict = this.#rates.take(call, now);
    if (verdict.tooMany) return refuseTooMany(verdict, verdict.tooMany);
    const reply = await this.#run(request, match, body, fault);
    return { ...reply, headers: { ...verdict.headers, ...reply.headers } };
  }

  async #run({ method, url, headers }: Request, match: Match, body: Body, fault: Fault | null): Promise<Reply> {
    const { route, params } = match;
    const { violations } = this.#world;
    if (!/^DiscordBot \(/u.test(headers["user-agent"] ?? "")) {
      violations.push({
        where: `${method} ${route.template}`,
        what: "the user agent does not begin with DiscordBot (",
      });
    }
    try {
      if (fault?.kind === "status") throw scripted(fault);
      const [problem] = this.#world.checkBody(method, route.template, body.list ?? body.json);
      if (problem !== undefined) {
        violations.push({ where: `${method} ${route.template}`, what: problem });
        throw formError("", "SCHEMA", problem);
      }
      const answer = await route.run({ params, query: url.searchParams, body }, this.#world);
      return { ...answer, isCarriedOut: true };
    } catch (error) {
      return failed(error);
    }
  }

  #record(
    request: Request,
    match: Match | "wrongMethod" | null,
    body: Body,
    at: number,
    reply: Reply,
    fault: Fault | null,
  ) {
    const { method, url, headers } = request;
    const { json } = reply;
    const code = typeof json === "object" && json !== null && "code" in json ? json.code : undefined;
    const isSilent = fault?.kind === "cut_before" || fault?.kind === "cut_after" || fault?.kind === "hang";
    const call: RecordedCall = {
      method,
      path: url.pathname,
      route: routeName(match, url),
      params: typeof match === "object" && match ? match.params : {},
      query: Object.fromEntries(url.searchParams),
      headers,
      body: body.list ?? body.json,
      files: body.uploads.map(({ field, name, content }) => ({ field, name, bytes: content.length })),
      at,
      status: isSilent ? 0 : reply.status,
      ...(typeof code === "number" && { code }),
      isCarriedOut: reply.isCarriedOut === true,
      answer: json,
    };
    this.calls.push(call);
    for (const listener of this.#listeners) listener(call);
  }

  #send(incoming: IncomingMessage, response: ServerResponse, reply: Reply, fault: Fault | null): void {
    switch (fault?.kind) {
      case "cut_before":
      case "cut_after":
        incoming.socket.destroy();
        return;
      case "hang":
        return;
      case "slow": {
        const timer = setTimeout(() => respond(response, reply), fault.delayMs);
        this.#timers.add(timer);
        return;
      }
      case "garbage": {
        const { headers = {} } = reply;
        respond(response, { status: reply.status, headers, text: fault.text ?? "upstream said: {" });
        return;
      }
      default:
        respond(response, reply);
    }
  }
}

function routeName(match: Match | "wrongMethod" | null, { pathname }: URL): string | null {
  if (pathname.startsWith("/attachments/")) return "cdn";
  return typeof match === "object" && match ? match.route.template : null;
}

function scripted({
  status,
  code = 0,
  message = `${status}: Emulated fault`,
}: Extract<Fault, { kind: "status" }>): Error {
  return new DiscordFailure(status, code, message);
}

function failed(error: unknown): Reply {
  if (!(error instanceof DiscordFailure)) throw error;
  return { status: error.status, json: error.toBody() };
}

/** 429: the wait in seconds, exact in the body and rounded up in the header. */
function refuseTooMany({ headers }: Verdict, { retryAfterMs, scope, code }: TooMany): Reply {
  const isGlobal = scope === "global";
  const message = scope === "shared" ? "The resource is being rate limited." : "You are being rate limited.";
  const retryAfterS = Math.ceil(retryAfterMs) / 1000;
  const json: Json = { message, retry_after: retryAfterS, global: isGlobal, ...(code !== undefined && { code }) };
  const limits = isGlobal ? { "x-ratelimit-global": "true" } : headers;
  const retry = { "retry-after": String(Math.ceil(retryAfterS)), "x-ratelimit-scope": scope };
  return { status: 429, json, headers: { ...limits, ...retry } };
}

function respond(response: ServerResponse, { status, headers = {}, json, text, bytes }: Reply): void {
  const isJson = json !== undefined;
  response.writeHead(status, { ...(isJson && { "content-type": "application/json" }), ...headers });
  response.end(isJson ? JSON.stringify(json) : (text ?? bytes));
}
