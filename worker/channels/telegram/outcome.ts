/** What became of a call to the Bot API, as far as it can be known. The bot token never enters an error. */
import { GrammyError, HttpError } from "grammy/web";
import * as v from "valibot";
import { ChannelError } from "../../../protocol/errors.ts";
import { retryAfterMs } from "../../../protocol/retry-after.ts";
import { withoutToken } from "../../../protocol/bot-token.ts";
import { readBounded } from "../../../protocol/bounded-body.ts";
import { malformedResult } from "./result-shape.ts";

/** Longest piece of Telegram's own description that an error repeats. */
const DESCRIPTION_MAX = 200;
/** Longest answer that is read. The longest that we ask for is an album: ten messages with a caption each. */
const ANSWER_MAX_BYTES = 4_000_000;
/** When a 429 names no time. */
const RETRY_AFTER_DEFAULT_MS = 1_000;
/** What Telegram says no to for ever: a bad request, a chat that is closed to us, a request that is too large. */
const TOO_LARGE = 413;
const FINAL: ReadonlySet<number> = new Set([400, 403, TOO_LARGE]);
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
/** "ResponseParameters" of a 429. */
const tooMany = v.object({ parameters: v.object({ retry_after: v.number() }) });

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
 * `fetch` as grammY's client calls it; throws what is not an answer of the Bot API, or not the one to this method. Follows
 * no redirection: Telegram has none, and whoever else sends one shall not get the message.
 */
export async function fetchBotApi(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  const body = v.safeParse(answer, parseJson(await readText(response)));
  if (!body.success) throw new ForeignAnswer(response);
  const malformed = body.output.ok ? malformedResult(url, body.output.result) : null;
  if (malformed) throw malformed;
  return Response.json(body.output);
}

/** Empty for what is longer than any answer of Telegram. Throws what the connection throws. */
async function readText(response: Response): Promise<string> {
  try {
    return await readBounded(response, ANSWER_MAX_BYTES);
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}

/** What a refusal is about, as far as something can be done about it. The call had no effect. */
export type RefusalReason =
  /** The group has become this supergroup. */
  | { readonly kind: "migrated"; readonly toChatId: number }
  /** The server knows no rich messages. */
  | { readonly kind: "rich_unknown" }
  /** The text cannot be shown as it was formatted. */
  | { readonly kind: "text" }
  /** The file cannot be shown as what it was sent as. */
  | { readonly kind: "media" }
  /** The message is what it was to become already. */
  | { readonly kind: "not_modified" }
  /** The message to edit is gone, or was never ours. */
  | { readonly kind: "gone" }
  | { readonly kind: "other" };

/** Telegram said no. */
export class Refusal extends ChannelError {
  /** As of HTTP: 400 for a call that cannot be carried out as it is. */
  readonly status: number;
  readonly reason: RefusalReason;

  constructor(
    code: "channel_refused" | "channel_unreachable",
    at: Call,
    said: string,
    why: { readonly status: number; readonly reason: RefusalReason },
  ) {
    super(code, at, said);
    this.status = why.status;
    this.reason = why.reason;
  }
}

/**
 * Telegram's wordings, of which only few are documented; the first that fits counts. `text` and `media` are also what
 * permissions of a chat say that forbid one form and may allow another.
 */
const REASONS: readonly (readonly [RegExp, Exclude<RefusalReason["kind"], "migrated" | "other">])[] = [
  [/message is not modified|MESSAGE_NOT_MODIFIED/iu, "not_modified"],
  [/message to (?:be )?edit(?:ed)? not found|message can't be edited|MESSAGE_ID_INVALID|MESSAGE_EDIT_TIME/iu, "gone"],
  [/can't parse|end of the entity/iu, "text"],
  [/method not found|RICH_MESSAGES?_(?:NOT_SUPPORTED|UNSUPPORTED)/iu, "rich_unknown"],
  // What is said of a chat holds there only.
  [/rich messages?\b(?!.*\bchat\b).{0,40}\b(?:unsupported|not (?:supported|available))/iu, "rich_unknown"],
  [/ENTIT(?:Y|IES)_|RICH_\w+/iu, "text"],
  [/(?:message|caption) is too long|(?:MESSAGE|CAPTION)_TOO_LONG|text is empty|must be non-empty/iu, "text"],
  [/(?:PHOTO|IMAGE|VIDEO|AUDIO|VOICE|MEDIA)(?:S|_MESSAGES)?_\w+|too big for a photo|wrong type of/iu, "media"],
  [/not enough rights to send (?:photos|videos|audios|music|voice)/iu, "media"],
];

/**
 * Says what a failed call means; throws again what is not a failed call. Takes no cause along: it can hold the URL, and the
 * URL holds the token.
 */
export function toChannelError(at: Call, error: unknown, token: string): ChannelError {
  if (error instanceof GrammyError) return ofRefusal(at, error, token);
  if (!(error instanceof HttpError)) throw error;
  // A file could not be read, so the request was not finished and nothing came of it; or the result makes no sense.
  if (error.error instanceof ChannelError) return error.error;
  if (error.error instanceof ForeignAnswer) return ofForeignAnswer(at, error.error);
  // Timed out, reset, or a body that broke off: the request may have been written and carried out.
  return new ChannelError("channel_outcome_unknown", at, `${at.method}: no answer`);
}

/** Says why a file did not come. Reads the answer to its end, if there is one. Never rejects. */
export async function toDownloadError(at: Call, response: Response | null): Promise<ChannelError> {
  if (!response) return new ChannelError("channel_unreachable", at, `${at.method}: no answer`);
  const { status } = response;
  const said = `${at.method}: ${status}`;
  const body = v.safeParse(tooMany, parseJson(await readText(response).catch(() => "")));
  if (status === 429) return rateLimited(at, said, retryAfterMs(body.success && body.output.parameters.retry_after));
  // The link has expired or never was one; any other answer may pass.
  const isGone = status === 400 || status === 403 || status === 404 || status === 410;
  return new ChannelError(isGone ? "channel_refused" : "channel_unreachable", at, said);
}

type Call = { readonly channel: string; readonly method: string };

function ofRefusal(at: Call, error: GrammyError, token: string): ChannelError {
  const { error_code: status, parameters } = error;
  const description = String(error.description);
  const said = `${at.method}: ${status} ${withoutToken(description, token).slice(0, DESCRIPTION_MAX)}`;
  if (status === 429) return rateLimited(at, said, retryAfterMs(parameters.retry_after));
  const why = { status, reason: reasonOf(status, description, parameters.migrate_to_chat_id) };
  if (FINAL.has(status)) return new Refusal("channel_refused", at, said, why);
  // Not now: the token is being replaced (401, 404), somebody else is at work (409), too slow (408).
  if (isClientError(status)) return new Refusal("channel_unreachable", at, said, why);
  // Telegram's 5xx come from servers in front of the one that posts: the message may be in the chat all the same.
  return new ChannelError("channel_outcome_unknown", at, said);
}

function reasonOf(status: number, description: string, toChatId: number | undefined): RefusalReason {
  if (status === 400 && Number.isSafeInteger(toChatId) && toChatId) return { kind: "migrated", toChatId };
  const kind = REASONS.find(([wording]) => wording.test(description))?.[1];
  // A server that lacks a method says so with a 404; all else that something can be done about is a bad request.
  const isPossible = status === 400 || (status === 404 && kind === "rich_unknown");
  return { kind: isPossible && kind !== undefined ? kind : "other" };
}

function ofForeignAnswer(at: Call, { status, message, retryAfterMs: waitMs }: ForeignAnswer): ChannelError {
  const said = `${at.method}: ${status} ${message}`;
  if (status === 429) return rateLimited(at, said, waitMs);
  if (status === TOO_LARGE) return new ChannelError("channel_refused", at, said); // nginx in front of Telegram says it so
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
