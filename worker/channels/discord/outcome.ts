/**
 * What became of a call to Discord's API, as far as it can be known. Tokens are part of some URLs, so no error carries a
 * URL or a cause.
 */
import * as v from "valibot";
import { readBounded } from "../../../protocol/bounded-body.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import { retryAfterMs } from "../../../protocol/retry-after.ts";
import type { Route } from "./rest-route.ts";

/** Longest answer that is read. The longest that we ask for is 100 messages with embeds. */
const ANSWER_MAX_BYTES = 8_000_000;
/** Longest piece of Discord's own words that an error repeats, and most fields that it names. */
const SAID_MAX = 200;
const FIELDS_MAX = 5;
/** When a 429 names no time. */
const RETRY_AFTER_DEFAULT_MS = 1_000;
/** After a 401 the token is wrong until somebody mends it, and each call more counts as an invalid one. */
export const AUTH_PAUSE_MS = 600_000;
/** What Discord says no to for ever, given that it says so itself. */
const FINAL: ReadonlySet<number> = new Set([400, 403, 404, 405, 410, 413]);
/** Cloudflare's own answers for an origin that was not reached ("Cloudflare 5xx errors"), and a login page's. */
const NEVER_REACHED: ReadonlySet<number> = new Set([511, 521, 523, 525, 526, 530]);

/** What a refusal is about, as far as something can be done about it. The call had no effect. */
export type RefusalReason =
  | "unknown_channel"
  | "unknown_message"
  /** The interaction cannot be answered any more. */
  | "ticket_over"
  | "cannot_dm"
  | "missing_access"
  | "nothing_to_send"
  /** Only because it names the message that it answers. */
  | "reply"
  /** The message has a thread already. */
  | "thread_exists"
  /** Only because it is to be a voice message. */
  | "voice"
  | "other";

/** Discord said no. */
export class Refusal extends ChannelError {
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

/** Discord does not take the bot's token. */
export class TokenRefused extends ChannelError {
  constructor(at: Call, waitMs: number = AUTH_PAUSE_MS) {
    const options = { retryAfterMs: Math.ceil(waitMs), scope: "bot" } as const;
    super("channel_rate_limited", at, "401: Discord does not take the bot's token", options);
  }
}

/** Whether Discord said no for one of these reasons. */
export function isRefused(error: unknown, ...reasons: readonly RefusalReason[]): boolean {
  return error instanceof Refusal && reasons.includes(error.reason);
}

/** "JSON Error Codes". */
const REASONS: Readonly<Record<number, RefusalReason>> = {
  10003: "unknown_channel",
  10008: "unknown_message",
  10015: "ticket_over",
  10062: "ticket_over",
  50027: "ticket_over",
  50007: "cannot_dm",
  50278: "cannot_dm",
  50001: "missing_access",
  50013: "missing_access",
  50006: "nothing_to_send",
  160002: "reply",
  160004: "thread_exists",
  50159: "voice",
  50160: "voice",
  50161: "voice",
  50173: "voice",
};

/** An error of Discord's own ("Error Messages"); whatever else comes is from something in between. */
const problem = v.object({
  code: v.pipe(v.number(), v.integer()),
  message: v.string(),
  errors: v.optional(v.unknown()),
});
/** "Rate Limit Response Structure"; some limits of other kinds are told without a time. */
const tooMany = v.object({ message: v.string(), retry_after: v.optional(v.number()), global: v.optional(v.boolean()) });
/** What "Invalid Form Body" says when it does not like the message that is answered. */
const aboutReply = v.object({ message_reference: v.looseObject({}) });

type Call = { readonly channel: "discord"; readonly method: string };

/** What a call was answered. */
export type Answer =
  | { readonly kind: "done"; readonly body: unknown }
  | {
      readonly kind: "failed";
      readonly error: ChannelError;
      readonly pause: Pause | null;
      readonly isInvalid: boolean;
    };

/** Who has to wait, and how long: everything, all calls by the bot's token, or those of the route's bucket. */
export type Pause = { readonly of: "all" | "bot" | "bucket"; readonly ms: number };

/** The name under which errors know a call. */
export function callOf({ method, template }: Route): Call {
  return { channel: "discord", method: `${method} ${template}` };
}

/** Reads an answer and says what it means. Never rejects. */
export async function readAnswer(route: Route, response: Response): Promise<Answer> {
  const text = await readBounded(response, ANSWER_MAX_BYTES).catch(() => null);
  const body = parseJson(text ?? "");
  if (response.ok) {
    // "204 No Content" for what has nothing to tell. A body that is none may stand for a lost answer.
    if (text === "" || body !== undefined) return { kind: "done", body: body ?? null };
    return failed(new ChannelError("channel_outcome_unknown", callOf(route), `${response.status} with a broken body`));
  }
  if (response.status === 429) return ofTooMany(route, response, body);
  return ofError(route, response.status, v.safeParse(problem, body));
}

/** No answer came: the call may have been carried out. */
export function noAnswer(route: Route): ChannelError {
  return new ChannelError("channel_outcome_unknown", callOf(route), "no answer");
}

/** A call that is not made, since Discord asked for a pause. */
export function notNow(route: Route, waitMs: number, scope: "bot" | "chat"): ChannelError {
  const retryAfter = Math.ceil(waitMs);
  return new ChannelError("channel_rate_limited", callOf(route), "not tried: Discord wants a pause", {
    retryAfterMs: retryAfter,
    scope,
  });
}

function ofTooMany(route: Route, { headers }: Response, body: unknown): Answer {
  const told = v.safeParse(tooMany, body);
  const waitMs = Math.ceil(
    (told.success ? retryAfterMs(told.output.retry_after) : null) ??
      retryAfterMs(Number(headers.get("retry-after"))) ??
      RETRY_AFTER_DEFAULT_MS,
  );
  const limit = headers.get("x-ratelimit-scope");
  const isGlobal = limit === "global" || headers.get("x-ratelimit-global") === "true";
  // Without Discord's own words it is Cloudflare in front of it, and means our address.
  const of = !told.success ? "all" : isGlobal || told.output.global ? "bot" : "bucket";
  const error = new ChannelError("channel_rate_limited", callOf(route), "429", {
    retryAfterMs: waitMs,
    scope: of === "bucket" ? "chat" : "bot",
  });
  return { kind: "failed", error, pause: { of, ms: waitMs }, isInvalid: limit !== "shared" };
}

function ofError(route: Route, status: number, told: v.SafeParseResult<typeof problem>): Answer {
  const at = callOf(route);
  const isInvalid = status === 401 || status === 403;
  if (status === 401 && route.isBot) {
    return { kind: "failed", error: new TokenRefused(at), pause: { of: "all", ms: AUTH_PAUSE_MS }, isInvalid };
  }
  if (!told.success) return failed(ofForeignAnswer(at, status), isInvalid);
  const { code, message, errors } = told.output;
  const said = `${status}: ${code} ${message}${fieldsIn(errors)}`.slice(0, SAID_MAX);
  if (status >= 500) return failed(new ChannelError("channel_outcome_unknown", at, said));
  // An interaction's token is all that its calls are let in by.
  const isOver = status === 401;
  const isReply = v.is(aboutReply, errors);
  const reason = isOver ? "ticket_over" : isReply ? "reply" : (REASONS[code] ?? "other");
  const why = { status, reason } as const;
  const isFinal = isOver || FINAL.has(status);
  return failed(new Refusal(isFinal ? "channel_refused" : "channel_unreachable", at, said, why), isInvalid);
}

/** Turned away, sent elsewhere, or never passed on. Any other page can stand for a lost answer. */
function ofForeignAnswer(at: Call, status: number): ChannelError {
  const said = `${status}: not an answer of Discord's`;
  if (status === 413) return new ChannelError("channel_refused", at, said);
  const isTurnedAway = (status >= 300 && status < 500) || NEVER_REACHED.has(status);
  return new ChannelError(isTurnedAway ? "channel_unreachable" : "channel_outcome_unknown", at, said);
}

function failed(error: ChannelError, isInvalid = false): Answer {
  return { kind: "failed", error, pause: null, isInvalid };
}

/** Which fields Discord does not like and why, by its own codes: `content BASE_TYPE_MAX_LENGTH`. Never their values. */
function fieldsIn(errors: unknown): string {
  const found: string[] = [];
  collect(errors, [], found);
  return found.length > 0 ? ` (${found.join(", ")})` : "";
}

const node = v.record(v.string(), v.unknown());
const leaf = v.object({ _errors: v.array(v.object({ code: v.string() })) });

function collect(value: unknown, path: readonly string[], found: string[]): void {
  const fields = v.safeParse(node, value);
  if (!fields.success || path.length > FIELDS_MAX) return;
  const named = v.safeParse(leaf, value);
  if (named.success) found.push(`${path.join(".")} ${named.output._errors.map(({ code }) => code).join(" ")}`);
  for (const [key, inner] of Object.entries(fields.output)) {
    if (found.length >= FIELDS_MAX) return;
    if (key !== "_errors") collect(inner, [...path, key], found);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
