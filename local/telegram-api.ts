/** The two calls of the Bot API that polling needs. Nothing it throws holds the token, which is part of every URL. */
import * as v from "valibot";
import { withoutToken } from "../protocol/bot-token.ts";
import { retryAfterMs } from "../protocol/retry-after.ts";
import { errorText } from "./log.ts";

export const TELEGRAM_API_ROOT = "https://api.telegram.org";

export type TelegramBot = { readonly apiRoot: string; readonly botToken: string };

/**
 * Telegram said no, or could not be asked (status 0; the message is why). `retryAfterMs` is its own wish, bounded, or
 * null.
 */
export class TelegramRefusal extends Error {
  override readonly name = "TelegramRefusal";
  readonly status: number;
  readonly retryAfterMs: number | null;

  constructor(status: number, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A request without an answer is given up after this; getUpdates holds it for 25 s. */
const REQUEST_MAX_MS = 40_000;

const refused = v.object({
  ok: v.literal(false),
  error_code: v.number(),
  description: v.optional(v.string(), ""),
  parameters: v.optional(v.object({ retry_after: v.optional(v.unknown()) })),
});

/** Calls a method and returns its result as `schema` reads it. Throws `TelegramRefusal` only. */
export async function callTelegram<Schema extends v.GenericSchema>(
  { apiRoot, botToken }: TelegramBot,
  method: string,
  parameters: Readonly<Record<string, unknown>>,
  schema: Schema,
  signal: AbortSignal,
): Promise<v.InferOutput<Schema>> {
  const response = await fetch(`${apiRoot}/bot${botToken}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
    redirect: "manual", // Telegram has none, and nobody else shall get the token
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MAX_MS)]),
  }).catch((error: unknown) => {
    throw new TelegramRefusal(0, withoutToken(whyUnanswered(error), botToken));
  });
  const body: unknown = await response.json().catch(() => null);
  const no = v.safeParse(refused, body);
  if (no.success) {
    const { error_code, description, parameters: more } = no.output;
    throw new TelegramRefusal(error_code, withoutToken(description, botToken), retryAfterMs(more?.retry_after));
  }
  const yes = v.safeParse(v.object({ ok: v.literal(true), result: schema }), body);
  if (yes.success) return yes.output.result;
  // A proxy or a captive portal: whatever its status says, it is not Telegram's word.
  throw new TelegramRefusal(0, `a page with status ${response.status} that is not Telegram's`);
}

/** The operating system's word for why there was no answer, such as ECONNREFUSED, or the best there is. */
function whyUnanswered(error: unknown): string {
  if (!(error instanceof Error)) return errorText(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  if (!(cause instanceof Error)) return errorText(error);
  return "code" in cause && typeof cause.code === "string" ? cause.code : errorText(cause);
}
