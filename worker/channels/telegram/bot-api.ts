/**
 * The one place where calls to the Bot API leave: grammY's client, and what an isolate knows of the bot between calls
 * (whether Telegram is reachable, until when it refuses us, our username, whether it knows rich messages).
 */
import { Api } from "grammy/web";
import { INBOUND_BOUNDS, OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import type { Download } from "../channel.ts";
import { fetchBotApi, Refusal, toChannelError, toDownloadError } from "./outcome.ts";

/** What the channel needs to work for one bot. */
export type TelegramSettings = {
  readonly botToken: string;
  readonly webhookSecret: string;
  /** Where the Bot API is, without a slash at the end. */
  readonly apiRoot: string;
  /** False: nothing is sent as a rich message, which some apps cannot show yet. Absent: true. */
  readonly richMessages?: boolean;
};

/** What `getMe` tells that we need. */
type Me = { readonly username: string; readonly first_name: string };

/** Calls that only show something are given up sooner than an answer. */
const QUICK_TIMEOUT_MS = 5_000;
/**
 * A call that brings files: 50 MB at 3.5 Mbit/s. The session has no clock of its own for a part that is on its way, only an
 * alarm that looks whether its instance lives.
 */
const UPLOAD_TIMEOUT_MS = 120_000;
/** A server that knows no rich messages is asked again after this: it may have been renewed. */
const RICH_AGAIN_MS = 3_600_000;

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
  readonly #mayBeRich: boolean;
  readonly #apiRoot: string;
  readonly #sending: Api;
  readonly #uploading: Api;
  readonly #quick: Api;
  #me: Me | null = null;
  #isReachable = false;
  #refusedUntil = 0;
  #noRichUntil = 0;

  constructor({ botToken, apiRoot, richMessages = true }: TelegramSettings) {
    this.#mayBeRich = richMessages;
    this.#apiRoot = apiRoot.replace(/\/+$/u, "");
    this.id = Number.parseInt(botToken, 10);
    this.#token = botToken;
    const client = (timeoutMs: number) =>
      new Api(botToken, { apiRoot: this.#apiRoot, fetch: fetchBotApi, timeoutSeconds: timeoutMs / 1000 });
    this.#sending = client(OUTBOUND_BOUNDS.sendTimeoutMs);
    this.#uploading = client(UPLOAD_TIMEOUT_MS);
    this.#quick = client(QUICK_TIMEOUT_MS);
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

  /** The same for a call that brings files, which takes longer. */
  async upload<T>(method: string, request: (api: Api) => Promise<T>): Promise<T> {
    if (!this.#isReachable) await this.#probe(method);
    return await this.#call(method, this.#uploading, request);
  }

  /** Makes a call that may happen twice, and whose answer is worth waiting for. Throws `ChannelError` only. */
  async ask<T>(method: string, request: (api: Api) => Promise<T>): Promise<T> {
    return await this.#call(method, this.#sending, request);
  }

  /** Makes a call that is not worth waiting for. Throws `ChannelError` only. */
  async show<T>(method: string, request: (api: Api) => Promise<T>): Promise<T> {
    return await this.#call(method, this.#quick, request);
  }

  /** Our names, asked for once per isolate. Throws `ChannelError` only. */
  async me(): Promise<Me> {
    this.#me ??= await this.#call("getMe", this.#quick, (api) => api.getMe());
    return this.#me;
  }

  /** Whether rich messages are worth a try. */
  get takesRich(): boolean {
    return this.#mayBeRich && Date.now() >= this.#noRichUntil;
  }

  /** Rich messages are not known here: none is tried for a while. */
  leaveOutRich(): void {
    this.#noRichUntil = Date.now() + RICH_AGAIN_MS;
  }

  /**
   * Opens a file that `getFile` gave a path of; both opening and reading end after `attachmentTimeoutMs`. Throws
   * `ChannelError` only, without the address, which holds the token.
   */
  async openFile(path: string): Promise<Download> {
    const at = { channel: "telegram", method: "file" };
    const address = path.split("/").map(encodeURIComponent).join("/");
    const response = await fetch(`${this.#apiRoot}/file/bot${this.#token}/${address}`, {
      redirect: "manual",
      signal: AbortSignal.timeout(INBOUND_BOUNDS.attachmentTimeoutMs),
    }).catch(() => null);
    if (response?.ok && response.body) {
      const bytes = Number(response.headers.get("content-length") ?? Number.NaN);
      return { body: response.body, bytes: Number.isSafeInteger(bytes) ? bytes : null };
    }
    const error = await toDownloadError(at, response);
    this.#learn(error);
    throw error;
  }

  async #probe(method: string): Promise<void> {
    try {
      this.#me = await this.#call("getMe", this.#quick, (api) => api.getMe());
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
      this.#learn(error);
      throw error;
    }
  }

  #learn(error: ChannelError): void {
    const isAnswered = error.code === "channel_refused" || error.code === "channel_rate_limited";
    this.#isReachable = isAnswered || error instanceof Refusal;
    // Calls that were on their way together may be told different times; the longest counts.
    if (error.code === "channel_rate_limited") {
      this.#refusedUntil = Math.max(this.#refusedUntil, Date.now() + (error.retryAfterMs ?? 0));
    }
  }
}
