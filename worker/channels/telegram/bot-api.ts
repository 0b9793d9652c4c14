/**
 * The one place where calls to the Bot API leave: grammY's client, and what an isolate knows of the bot between calls
 * (whether Telegram is reachable, until when it refuses us, our username).
 */
import { Api } from "grammy/web";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import type { Download } from "../channel.ts";
import { fetchBotApi, toChannelError } from "./outcome.ts";

/** What the channel needs to work for one bot. */
export type TelegramSettings = {
  readonly botToken: string;
  readonly webhookSecret: string;
  /** Where the Bot API is, without a slash at the end. */
  readonly apiRoot: string;
};

/** Calls that only show or ask something are given up sooner than an answer. */
const QUICK_TIMEOUT_MS = 5_000;

const known = new WeakMap<TelegramSettings, BotApi>();

/** The bot of these settings: one per settings object, so that what is known of it outlives a request. */
export function botApi(settings: TelegramSettings): BotApi {
  const existing = known.get(settings);
  if (existing) return existing;
  const created = new BotApi(settings);
  known.set(settings, created);
  return created;
}

export class BotApi {
  /** Our user id: the part of the token before the colon. */
  readonly id: number;
  readonly #token: string;
  readonly #apiRoot: string;
  readonly #sending: Api;
  readonly #quick: Api;
  #username: string | null = null;
  #isReachable = false;
  #refusedUntil = 0;

  constructor({ botToken, apiRoot }: TelegramSettings) {
    this.#apiRoot = apiRoot.replace(/\/+$/u, "");
    const options = { apiRoot: this.#apiRoot, fetch: fetchBotApi };
    this.id = Number.parseInt(botToken, 10);
    this.#token = botToken;
    this.#sending = new Api(botToken, { ...options, timeoutSeconds: OUTBOUND_BOUNDS.sendTimeoutMs / 1000 });
    this.#quick = new Api(botToken, { ...options, timeoutSeconds: QUICK_TIMEOUT_MS / 1000 });
  }

  /**
   * Makes a call that must not happen twice. workerd does not tell a refused connection from one that broke after the
   * request was written; so while Telegram has not answered lately, a harmless call goes first: if that one fails,
   * ours was never written (`channel_unreachable`) and may be tried again without a doubt. Throws `ChannelError` only.
   */
  async deliver<T>(method: string, request: (api: Api) => Promise<T>): Promise<T> {
    if (!this.#isReachable) await this.#probe(method);
    return await this.#call(method, this.#sending, request);
  }

  /** Makes a call that is not worth waiting for. Throws `ChannelError` only. */
  async show<T>(method: string, request: (api: Api) => Promise<T>): Promise<T> {
    return await this.#call(method, this.#quick, request);
  }

  /** Our username, asked for once per isolate. Throws `ChannelError` only. */
  async username(): Promise<string> {
    if (this.#username === null) {
      const me = await this.#call("getMe", this.#quick, (api) => api.getMe());
      this.#username = me.username;
    }
    return this.#username;
  }

  /** Opens a file that `getFile` gave a path of. Throws `ChannelError` only, without the address. */
  async openFile(path: string): Promise<Download> {
    const at = { channel: "telegram", method: "getFile" };
    const url = `${this.#apiRoot}/file/bot${this.#token}/${path}`;
    const response = await fetch(url, { redirect: "manual" }).catch(() => null);
    if (response?.ok && response.body) {
      const bytes = Number(response.headers.get("content-length") ?? Number.NaN);
      return { body: response.body, bytes: Number.isSafeInteger(bytes) ? bytes : null };
    }
    await response?.body?.cancel();
    const isGone = response?.status === 404 || response?.status === 400;
    const why = `the file cannot be fetched (${response ? response.status : "no answer"})`;
    throw new ChannelError(isGone ? "channel_refused" : "channel_unreachable", at, why);
  }

  async #probe(method: string): Promise<void> {
    try {
      const me = await this.#call("getMe", this.#quick, (api) => api.getMe());
      this.#username = me.username;
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code === "channel_rate_limited") throw error;
      throw new ChannelError(
        "channel_unreachable",
        { channel: "telegram", method },
        `${method} not tried: ${error.message}`,
      );
    }
  }

  async #call<T>(method: string, api: Api, request: (api: Api) => Promise<T>): Promise<T> {
    const at = { channel: "telegram", method };
    // A 429 can cover the whole bot, so everything waits until it ends, not only the chat that caused it.
    const retryAfterMs = this.#refusedUntil - Date.now();
    if (retryAfterMs > 0)
      throw new ChannelError("channel_rate_limited", at, `${method}: still refused`, { retryAfterMs });
    try {
      const result = await request(api);
      this.#isReachable = true;
      return result;
    } catch (thrown) {
      const error = toChannelError(at, thrown, this.#token);
      this.#isReachable = error.code === "channel_refused" || error.code === "channel_rate_limited";
      if (error.code === "channel_rate_limited") this.#refusedUntil = Date.now() + (error.retryAfterMs ?? 0);
      throw error;
    }
  }
}
