/** What became of a call to the Bot API, as far as it can be known. The bot token never enters an error. */
import { GrammyError, HttpError } from "grammy/web";
import * as v from "valibot";
import { ChannelError } from "../../../protocol/errors.ts";
import { retryAfterMs } from "../../../protocol/retry-after.ts";

/** Longest piece of Telegram's own description that an error repeats. */
const DESCRIPTION_MAX = 200;
/** When a 429 names no time. */
const RETRY_AFTER_DEFAULT_MS = 1_000;
/** What Telegram says no to for ever: a bad request, a chat that is closed to us, a request that is too large. */
const FINAL: ReadonlySet<number> = new Set([400, 403, 413]);
/**
 * Statuses of pages that tell that Telegram was not reached: the network wants a login first (511), and Cloudflare's own
 * answers for an origin that is down, unreachable, without TLS or a name ("Cloudflare 5xx errors"). In production the
 * latter come instead of a thrown connection error.
 */
const NEVER_REACHED: ReadonlySet<number> = new Set([511, 521, 523, 525, 526, 530]);

/** An answer of the Bot API itself ("Making requests"). Whatever else comes is from something in between. */
const answer = v.union([
  v.looseObject({ ok: v.literal(true), result: v.unknown() }),
  v.looseObject({ ok: v.literal(false), error_code: v.pipe(v.number(), v.integer()) }),
]);

/** An answer that is not the Bot API's: the page of a proxy or a captive portal, a cut body. */
class ForeignAnswer extends Error {
  override readonly name = "ForeignAnswer";
  readonly status: number;
  readonly retryAfterMs: number | null;

  constructor({ status, headers }: Response) {
    super("not an answer of the Bot API");
    this.status = status;
    this.retryAfterMs = retryAfterMs(Number(headers.get("retry-after")));
  }
}

/**
 * `fetch` as grammY's client calls it; throws what is not an answer of the Bot API. Follows no redirection: Telegram
 * has none, and whoever else sends one shall not get the message.
 */
export async function fetchBotApi(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  const body = v.safeParse(answer, parseJson(await response.text()));
  if (!body.success) throw new ForeignAnswer(response);
  return Response.json(body.output);
}

/** Whether Telegram refused the formatting of a text; the message was not sent. */
export function isFormattingRefused(error: unknown): boolean {
  return error instanceof GrammyError && error.error_code === 400 && /can't parse entities/iu.test(error.description);
}

/** The supergroup that the called group has become, if that is why the call was refused; nothing was sent. */
export function migratedTo(error: unknown): number | null {
  if (!(error instanceof GrammyError) || error.error_code !== 400) return null;
  const id = error.parameters.migrate_to_chat_id;
  return Number.isSafeInteger(id) && id ? id : null;
}

/**
 * Says what a failed call means; throws again what is not a failed call. Takes no cause along: it can hold the URL, and the
 * URL holds the token.
 */
export function toChannelError(at: Call, error: unknown, token: string): ChannelError {
  if (error instanceof GrammyError) return ofRefusal(at, error, token);
  if (!(error instanceof HttpError)) throw error;
  if (error.error instanceof ForeignAnswer) return ofForeignAnswer(at, error.error);
  // Timed out, reset, or a body that broke off: the request may have been written and carried out.
  return new ChannelError("channel_outcome_unknown", at, `${at.method}: no answer`);
}

type Call = { readonly channel: string; readonly method: string };

function ofRefusal(at: Call, { error_code: status, description, parameters }: GrammyError, token: string) {
  const said = `${at.method}: ${status} ${String(description).slice(0, DESCRIPTION_MAX)}`.replaceAll(token, "<token>");
  if (status === 429) return rateLimited(at, said, retryAfterMs(parameters.retry_after));
  if (FINAL.has(status)) return new ChannelError("channel_refused", at, said);
  // Not now: the token is being replaced (401, 404), somebody else is at work (409), too slow (408).
  if (isClientError(status)) return new ChannelError("channel_unreachable", at, said);
  // Telegram's 5xx come from servers in front of the one that posts: the message may be in the chat all the same.
  return new ChannelError("channel_outcome_unknown", at, said);
}

function ofForeignAnswer(at: Call, { status, message, retryAfterMs: waitMs }: ForeignAnswer): ChannelError {
  const said = `${at.method}: ${status} ${message}`;
  if (status === 429) return rateLimited(at, said, waitMs);
  // Turned away, sent elsewhere, or never passed on. Any other page, even with a 200, can stand for a lost answer.
  const isTurnedAway = isClientError(status) || (status >= 300 && status < 400) || NEVER_REACHED.has(status);
  return new ChannelError(isTurnedAway ? "channel_unreachable" : "channel_outcome_unknown", at, said);
}

function rateLimited(at: Call, said: string, waitMs: number | null): ChannelError {
  return new ChannelError("channel_rate_limited", at, said, { retryAfterMs: waitMs ?? RETRY_AFTER_DEFAULT_MS });
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
