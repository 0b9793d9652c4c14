/** What became of a call to the Bot API, as far as it can be known. The bot token never enters an error. */
import { GrammyError, HttpError } from "grammy/web";
import { ChannelError } from "../../../protocol/errors.ts";

/** Longest piece of Telegram's own description that an error repeats. */
const DESCRIPTION_MAX = 200;
/** When a 429 names no time. */
const RETRY_AFTER_DEFAULT_S = 1;
/**
 * Cloudflare's own answers for an origin that was not reached ("Cloudflare 5xx errors"): server down, unreachable, TLS
 * failed, name not resolved. In production these come instead of a thrown connection error.
 */
const NEVER_REACHED: ReadonlySet<number> = new Set([521, 523, 525, 526, 530]);

/**
 * `fetch` as grammY's client calls it. An answer that is not the Bot API's (a proxy's page, a cut body) becomes one
 * that is, so that its status decides what happened.
 */
export async function fetchBotApi(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const body = parseJson(await response.text());
  if (typeof body === "object" && body !== null && "ok" in body) return Response.json(body);
  const code = response.ok ? 502 : response.status;
  const retryAfterS = Number(response.headers.get("retry-after"));
  return Response.json({
    ok: false,
    error_code: code,
    description: NEVER_REACHED.has(code) ? `never reached (${code})` : "not an answer of the Bot API",
    ...(retryAfterS > 0 && { parameters: { retry_after: retryAfterS } }),
  });
}

/** Whether Telegram refused the formatting of a text; the message was not sent. */
export function isFormattingRefused(error: unknown): boolean {
  return error instanceof GrammyError && error.error_code === 400 && /can't parse entities/iu.test(error.description);
}

/**
 * Says what a failed call means; throws again what is not a failed call. Takes no cause along: it can hold the URL, and the
 * URL holds the token.
 */
export function toChannelError(
  at: { readonly channel: string; readonly method: string },
  error: unknown,
  token: string,
): ChannelError {
  // Timed out, reset, or a body that broke off: the request may have been written and carried out.
  if (error instanceof HttpError) return new ChannelError("channel_outcome_unknown", at, `${at.method}: no answer`);
  if (!(error instanceof GrammyError)) throw error;
  const { error_code: status, description, parameters } = error;
  const said = `${at.method}: ${status} ${String(description).slice(0, DESCRIPTION_MAX)}`.replaceAll(token, "<token>");
  if (status === 429) {
    const retryAfterMs = (parameters.retry_after ?? RETRY_AFTER_DEFAULT_S) * 1000;
    return new ChannelError("channel_rate_limited", at, said, { retryAfterMs });
  }
  if (status >= 400 && status < 500) return new ChannelError("channel_refused", at, said);
  if (NEVER_REACHED.has(status)) return new ChannelError("channel_unreachable", at, said);
  // Telegram's 5xx come from servers in front of the one that posts: the message may be in the chat all the same.
  return new ChannelError("channel_outcome_unknown", at, said);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
