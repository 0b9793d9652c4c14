/** Lets in what Telegram sent and nothing else: the secret first, then the form of the body. */
import { secretsMatch } from "../../../protocol/constant-time.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";
import type { RejectReason, WebhookRequest } from "../channel.ts";
import { type Bot, needsNames } from "./addressed.ts";
import type { BotApi } from "./bot-api.ts";
import type { TelegramUpdate } from "./parse.ts";
import { type DecodedUpdate, decodeUpdate } from "./update.ts";

const SECRET_HEADER = "x-telegram-bot-api-secret-token";
/** "setWebhook": a secret token has 1-256 characters. */
const SECRET_MAX = 256;

/**
 * Authenticates and decodes a webhook. Telegram signs nothing: the secret header is the only proof of origin. Never
 * throws for a bad request. Asks Telegram for our names (once per isolate) if a group message may hold one.
 */
export async function verifyTelegram(
  { headers, body }: WebhookRequest,
  secret: string,
  bot: BotApi,
): Promise<Result<TelegramUpdate, RejectReason>> {
  const given = headers.get(SECRET_HEADER);
  if (given === null) return err({ kind: "unauthentic", why: "no secret token" });
  if (given.length > SECRET_MAX) return err({ kind: "unauthentic", why: "secret token too long" });
  if (!(await secretsMatch(given, secret))) return err({ kind: "unauthentic", why: "wrong secret token" });
  const update = decodeBody(body);
  if (!update.ok) return err({ kind: "malformed", why: update.error });
  const unnamed: Bot = { id: bot.id, username: null, name: null };
  const us =
    "message" in update.value && needsNames(update.value.message, unnamed) ? await nameOf(bot, unnamed) : ok(unnamed);
  return us.ok ? ok({ update: update.value, bot: us.value, receivedAt: Date.now() }) : us;
}

async function nameOf(api: BotApi, unnamed: Bot): Promise<Result<Bot, RejectReason>> {
  try {
    const { username, first_name: name } = await api.me();
    return ok({ ...unnamed, username, name });
  } catch (error) {
    const why = error instanceof Error ? error.message : "getMe failed";
    return err({ kind: "unavailable", why });
  }
}

function decodeBody(body: Uint8Array): Result<DecodedUpdate, string> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return err("not JSON in UTF-8");
  }
  return decodeUpdate(json);
}
