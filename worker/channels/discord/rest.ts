/**
 * The one place where calls to Discord's API leave, and what an isolate knows of the bot between calls: its buckets, who
 * has to wait until when, whether Discord answers.
 */
import * as v from "valibot";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import { Buckets, rateFacts, type Taken } from "./buckets.ts";
import { InvalidRequests } from "./invalid-requests.ts";
import { type Answer, callOf, noAnswer, notNow, type Pause, readAnswer, TokenRefused } from "./outcome.ts";
import type { Route } from "./rest-route.ts";
import type { DiscordSettings } from "./settings.ts";

/** "User Agent": required, with an address and a version. */
const USER_AGENT = "DiscordBot (agent-claw, 0.1.0)";
/** Calls that only show something are given up sooner than an answer. */
export const QUICK_TIMEOUT_MS = 5_000;

/** A body that is read while it is sent. */
export type Upload = {
  readonly contentType: string;
  open(): ReadableStream<Uint8Array>;
  /** Lets go of what was not read to its end, and says what went wrong in reading. Never rejects. */
  close(): Promise<ChannelError | null>;
};

export type CallOptions = {
  readonly query?: Readonly<Record<string, string>>;
  /** The body as JSON, or one that is read while it is sent. */
  readonly json?: unknown;
  readonly upload?: Upload;
  /** The call is given up after this. */
  readonly timeoutMs?: number;
  /** It can be left out, so the last place of its bucket is not for it. */
  readonly isOptional?: boolean;
};

const known = new WeakMap<DiscordSettings, DiscordRest>();

/** The bot of these settings: one per settings object, so that what is known of it outlives a request. */
export function discordRest(settings: DiscordSettings): DiscordRest {
  const existing = known.get(settings);
  if (existing) return existing;
  const created = new DiscordRest(settings);
  known.set(settings, created);
  return created;
}

export class DiscordRest {
  readonly applicationId: string;
  readonly apiRoot: string;
  readonly #token: string;
  readonly #buckets = new Buckets();
  readonly #invalid = new InvalidRequests();
  #pausedUntil = 0;
  #botPausedUntil = 0;
  #isReachable = false;
  #isTokenRefused = false;

  constructor({ applicationId, apiRoot, botToken }: DiscordSettings) {
    this.applicationId = applicationId;
    this.apiRoot = apiRoot.replace(/\/+$/u, "");
    this.#token = botToken;
  }

  /** Whether Discord answered the last call, so that the next one will most likely get there. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /**
   * Makes one call, which is never repeated here, and gives back what was answered. A call that Discord would refuse
   * for its rate is not made: `channel_rate_limited` with the exact wait. Throws `ChannelError` only.
   */
  async call(route: Route, options: CallOptions = {}): Promise<unknown> {
    const taken = this.#take(route, options.isOptional ? 1 : 0);
    const answer = await this.#fetch(route, options, taken);
    this.#isReachable = isFromDiscord(answer);
    if (route.isBot) this.#isTokenRefused = answer.kind === "failed" && answer.error instanceof TokenRefused;
    if (answer.kind === "done") return answer.body;
    const now = Date.now();
    if (answer.isInvalid) this.#invalid.record(now);
    if (answer.pause) this.#heed(answer.pause, taken, now);
    throw answer.error;
  }

  /** The same, for an answer that is needed; one of another shape may be that of another call. */
  async ask<T>(shape: v.GenericSchema<unknown, T>, route: Route, options: CallOptions = {}): Promise<T> {
    const read = v.safeParse(shape, await this.call(route, options));
    if (read.success) return read.output;
    throw new ChannelError("channel_outcome_unknown", callOf(route), "not an answer to this call");
  }

  #take(route: Route, kept: number): Taken {
    const now = Date.now();
    const pauseMs = Math.max(this.#pausedUntil - now, this.#invalid.pauseMs(now));
    const botPauseMs = route.isBot ? Math.max(pauseMs, this.#botPausedUntil - now) : pauseMs;
    if (botPauseMs > 0 && this.#isTokenRefused) throw new TokenRefused(callOf(route), botPauseMs);
    if (botPauseMs > 0) throw notNow(route, botPauseMs, "bot");
    const taken = this.#buckets.take(route, now, kept);
    if (typeof taken === "number") throw notNow(route, taken, "chat");
    return taken;
  }

  async #fetch(route: Route, options: CallOptions, taken: Taken): Promise<Answer> {
    const { upload, query = {} } = options;
    const url = new URL(this.apiRoot + route.path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    try {
      const response = await fetch(url, this.#request(route, options));
      this.#buckets.settle(taken, rateFacts(response.headers), Date.now());
      return await readAnswer(route, response);
    } catch {
      this.#buckets.settle(taken, null, Date.now());
      // A file that could not be read to its end leaves a request without one, which is not carried out.
      const error = (await upload?.close()) ?? noAnswer(route);
      return { kind: "failed", error, pause: null, isInvalid: false };
    } finally {
      await upload?.close();
    }
  }

  #request({ method, isBot }: Route, { json, upload, timeoutMs }: CallOptions): RequestInit {
    const contentType = upload?.contentType ?? (json === undefined ? undefined : "application/json");
    return {
      method,
      headers: {
        "user-agent": USER_AGENT,
        ...(isBot && { authorization: `Bot ${this.#token}` }),
        ...(contentType && { "content-type": contentType }),
      },
      ...(upload && { body: upload.open(), duplex: "half" }),
      ...(json !== undefined && { body: JSON.stringify(json) }),
      // Discord sends nobody elsewhere, and whoever else does shall not get the token or the message.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs ?? OUTBOUND_BOUNDS.sendTimeoutMs),
    };
  }

  /** Calls that were on their way together may be told different times; the longest counts. */
  #heed({ of, ms }: Pause, taken: Taken, now: number): void {
    if (of === "bucket") this.#buckets.block(taken, ms, now);
    if (of === "bot") this.#botPausedUntil = Math.max(this.#botPausedUntil, now + ms);
    if (of === "all") this.#pausedUntil = Math.max(this.#pausedUntil, now + ms);
  }
}

function isFromDiscord(answer: Answer): boolean {
  if (answer.kind === "done") return true;
  return answer.error.code === "channel_refused" || answer.error.code === "channel_rate_limited";
}
