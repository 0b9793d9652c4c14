/** Answers calls: scripted faults and limits strike first, then the token and the body are looked at, then it is done. */
import type { IncomingHttpHeaders } from "node:http";
import type { Body } from "./compose.ts";
import { DiscordFailure, formError, refusal } from "./failure.ts";
import type { Fault } from "./faults.ts";
import { InvalidRequests } from "./invalid-requests.ts";
import { Rates } from "./rates.ts";
import { failed, refuseTooMany, type Reply, shutOut } from "./reply.ts";
import type { Match } from "./route.ts";
import type { World } from "./world.ts";

export type AnsweringOptions = {
  readonly botToken: () => string;
  readonly now: () => number;
  /** Whether Discord's rate limits are enforced. */
  readonly rates: boolean;
  /** So many 401, 403 and 429 in ten minutes shut us out. */
  readonly invalidMax: number;
};

export type ReadCall = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Null: no such route; `wrongMethod`: only with another method. */
  readonly match: Match | "wrongMethod" | null;
  /** Or why it could not be read. */
  readonly body: Body | DiscordFailure;
};

/** "User Agent": what Discord wants to hear from bots. */
const USER_AGENT = "DiscordBot (";

export class Answering {
  readonly #options: AnsweringOptions;
  readonly #world: World;
  readonly #rates: Rates;
  readonly #invalid: InvalidRequests;

  constructor(options: AnsweringOptions, world: World) {
    this.#options = options;
    this.#world = world;
    this.#rates = new Rates(options.rates);
    this.#invalid = new InvalidRequests(options.invalidMax);
  }

  /** 401, 403 and 429 of the last ten minutes. */
  get invalidRequests(): number {
    return this.#invalid.count(this.#options.now());
  }

  /** Forgets a running 429. */
  heal(): void {
    this.#rates.clear();
  }

  async replyTo(call: ReadCall, fault: Fault | null): Promise<Reply> {
    if (fault?.kind === "page") return { status: fault.status, text: "<html><body>Bad Gateway</body></html>" };
    if (call.url.pathname.startsWith("/attachments/")) return this.#file(call.url);
    const { now } = this.#options;
    const bannedMs = this.#invalid.bannedMs(now());
    if (bannedMs > 0) return shutOut(bannedMs);
    const reply = await this.#limited(call, fault);
    this.#invalid.note(reply.status, reply.headers?.["x-ratelimit-scope"] === "shared", now());
    return reply;
  }

  #file({ pathname, searchParams }: URL): Reply {
    const file = this.#world.files.open(pathname, searchParams);
    if (!file) return { status: 404, text: "This content is no longer available." };
    return { status: 200, bytes: file.content, headers: { "content-type": file.mimeType } };
  }

  async #limited(call: ReadCall, fault: Fault | null): Promise<Reply> {
    const { match, method, headers } = call;
    if (match === null) return failed(refusal("notFound"));
    if (match === "wrongMethod") return failed(refusal("methodNotAllowed"));
    const { route, params } = match;
    const isBot = route.isOpen !== true;
    if (isBot && headers.authorization !== `Bot ${this.#options.botToken()}`) return failed(refusal("unauthorized"));
    const rated = { method, route: route.template, params, isBot };
    const now = this.#options.now();
    if (fault?.kind === "too_many") {
      const { retryAfterS, scope = "user", code } = fault;
      this.#rates.block(rated, { retryAfterMs: retryAfterS * 1000, scope, ...(code !== undefined && { code }) }, now);
    }
    const verdict = this.#rates.take(rated, now);
    if (verdict.tooMany) return refuseTooMany(verdict, verdict.tooMany);
    const reply = await this.#run(call, match, fault);
    return { ...reply, headers: { ...verdict.headers, ...reply.headers } };
  }

  async #run({ method, url, headers, body }: ReadCall, { route, params }: Match, fault: Fault | null): Promise<Reply> {
    const where = `${method} ${route.template}`;
    if (headers["user-agent"]?.startsWith(USER_AGENT) !== true) {
      this.#world.violations.push({ where, what: `the user agent does not begin with ${USER_AGENT}` });
    }
    try {
      if (fault?.kind === "status") throw scripted(fault);
      if (body instanceof DiscordFailure) throw body;
      const [problem] = this.#world.checkBody(method, route.template, body.list ?? body.json);
      if (problem !== undefined) throw formError("", "SCHEMA", problem);
      const answer = await route.run({ params, query: url.searchParams, body }, this.#world);
      return { ...answer, isCarriedOut: true };
    } catch (error) {
      if (error instanceof DiscordFailure && error.isMistake) {
        this.#world.violations.push({ where, what: whatOf(error) });
      }
      return failed(error);
    }
  }
}

function scripted({
  status,
  code = 0,
  message = `${status}: Emulated fault`,
}: Extract<Fault, { kind: "status" }>): Error {
  return new DiscordFailure(status, code, message);
}

function whatOf({ errors, code, message }: DiscordFailure): string {
  return errors ? JSON.stringify(errors) : `${code} ${message}`;
}
