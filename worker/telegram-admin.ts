/** `/admin/api/telegram`: who the bot is, its webhook, its menus. What Telegram says is passed on, never the token. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { AgentConfig } from "../protocol/agent-config.ts";
import { assertNever } from "../protocol/assert.ts";
import { ChannelError } from "../protocol/errors.ts";
import type { PersonSummary } from "../protocol/people.ts";
import {
  deleteTelegramWebhook,
  type MenuAudience,
  readTelegram,
  setTelegramCommands,
  setTelegramWebhook,
  type TelegramWebhookState,
} from "./channels/telegram/operation.ts";
import { readWebhookAddress } from "./channels/telegram/webhook-address.ts";
import { type Config, readConfig } from "./config.ts";
import { errorFields, log } from "./log.ts";
import type { Variables } from "./variables.ts";
import { readWebhookBody } from "./webhook-body.ts";

type TelegramConfig = Config & { readonly telegram: NonNullable<Config["telegram"]> };

/** What the agent's configuration says, and who is let in. */
type Standing = { readonly config: AgentConfig; readonly people: readonly PersonSummary[] };

/** Longest webhook address that is taken, in UTF-16 units. */
const URL_MAX = 2_048;

const webhookBody = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((json) => !Array.isArray(json)), // an empty one would pass for an object
  v.strictObject({ url: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(URL_MAX))) }),
);

/** Builds the routes. */
export function createTelegramAdmin<Env extends Variables>(
  readStanding: (env: Env, config: Config) => Promise<Standing>,
) {
  const api = new Hono<{ Bindings: Env }>();

  api.get("/", (c) =>
    withTelegram(c, async (config) => {
      const { bot, webhook } = await readTelegram(config.telegram);
      const { access } = (await readStanding(c.env, config)).config;
      const address = readWebhookAddress(ownWebhook(c, config));
      return c.json({
        bot,
        webhook: { ...webhook, isOurs: isOurs(webhook, address.ok ? address.value : null) },
        address: { url: address.ok ? address.value : null, problem: address.ok ? null : address.error },
        groups: {
          policy: access.groupPolicy,
          allowed: access.groupAllowFrom.filter((group) => group.startsWith(PEER_PREFIX)).length,
        },
      });
    }),
  );

  api.put("/webhook", (c) =>
    withTelegram(c, async (config) => {
      const body = await readBody(c.req.raw);
      if (!body) return c.json({ error: "malformed_body" }, 400);
      const address = readWebhookAddress(body.url ?? ownWebhook(c, config));
      if (!address.ok) return c.json({ error: "address_unusable", message: address.error }, 400);
      await setTelegramWebhook(config.telegram, address.value);
      log("info", "telegram_webhook_set");
      return c.json({
        url: address.value,
        commandsProblem: await trySetCommands(config, await readStanding(c.env, config)),
      });
    }),
  );

  api.delete("/webhook", (c) =>
    withTelegram(c, async (config) => {
      await deleteTelegramWebhook(config.telegram);
      log("info", "telegram_webhook_deleted");
      const { webhook } = await readTelegram(config.telegram);
      return c.json({ pending: webhook.pending });
    }),
  );

  api.post("/commands", (c) =>
    withTelegram(c, async (config) => {
      await setTelegramCommands(config.telegram, audienceOf(await readStanding(c.env, config)));
      log("info", "telegram_commands_set");
      return c.json({ set: true });
    }),
  );

  return api;
}

/** Runs `use` with the bot's settings; 503 without any, and what Telegram refuses in its words. */
async function withTelegram<Env extends Variables>(
  c: Context<{ Bindings: Env }>,
  use: (config: TelegramConfig) => Promise<Response>,
): Promise<Response> {
  const config = readConfig(c.env);
  const { telegram } = config;
  if (telegram === null) return c.json({ error: "channel_not_configured", message: NOT_CONFIGURED }, 503);
  try {
    return await use({ ...config, telegram });
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    log("warn", "telegram_not_asked", { method: error.method, ...errorFields(error) });
    const { status, ...answer } = explain(error);
    return Response.json(answer, { status });
  }
}

const NOT_CONFIGURED =
  "this assistant has no Telegram bot: set TELEGRAM_BOT_TOKEN, and TELEGRAM_WEBHOOK_SECRET where npm start does not make one";

/** What a failed call means to the owner. */
function explain({ code, message, retryAfterMs = 0 }: ChannelError): {
  readonly status: number;
  readonly error: "telegram_refused" | "telegram_unavailable";
  readonly message: string;
} {
  switch (code) {
    case "channel_refused":
      return { status: 502, error: "telegram_refused", message: `Telegram refuses ${message}` };
    case "channel_rate_limited": {
      const said = `Telegram wants to be left alone for ${Math.ceil(retryAfterMs / 1000)} s`;
      return { status: 503, error: "telegram_unavailable", message: said };
    }
    case "channel_unreachable":
      if (UNKNOWN_TOKEN.test(message)) return { status: 502, error: "telegram_refused", message: WRONG_TOKEN };
      return { status: 503, error: "telegram_unavailable", message: `Telegram cannot be reached (${message})` };
    case "channel_outcome_unknown":
      return { status: 503, error: "telegram_unavailable", message: `Telegram did not answer (${message})` };
    default:
      return assertNever(code);
  }
}

/** How Telegram says that there is no such bot, at the end of a `ChannelError`'s message. */
const UNKNOWN_TOKEN = /: (?:401 Unauthorized|404 Not Found)$/;
const WRONG_TOKEN = "Telegram does not know this TELEGRAM_BOT_TOKEN; copy it again from @BotFather";

/** The menus are an extra: that they failed is told, and the webhook is set all the same. */
async function trySetCommands({ telegram }: TelegramConfig, standing: Standing): Promise<string | null> {
  try {
    await setTelegramCommands(telegram, audienceOf(standing));
    return null;
  } catch (error) {
    if (error instanceof ChannelError) return explain(error).message;
    throw error;
  }
}

/** What the ids of Telegram's people and groups begin with. */
const PEER_PREFIX = "telegram:";

function audienceOf({ config, people }: Standing): MenuAudience {
  const owners = people.filter(({ role }) => role === "owner").flatMap(({ peers }) => peers.map(({ peer }) => peer));
  const ids = owners.filter((peer) => peer.startsWith(PEER_PREFIX)).map((peer) => peer.slice(PEER_PREFIX.length));
  return { owners: ids, language: config.messages.language };
}

/** Where our webhook is: below the address that we were told, or at which the owner has reached us. */
function ownWebhook({ req }: Pick<Context, "req">, { publicUrl }: Config): string {
  return `${publicUrl ?? new URL(req.url).origin}/telegram/webhook`;
}

/** Null: not to be told, because our address is a local one and somebody may have led a public one here. */
function isOurs({ url }: TelegramWebhookState, ours: string | null): boolean | null {
  if (url === null) return false;
  const address = URL.parse(url);
  if (ours !== null) return address?.href === ours;
  return address?.pathname.endsWith("/telegram/webhook") ? null : false;
}

/** An empty body asks for nothing in particular. */
async function readBody(request: Request): Promise<v.InferOutput<typeof webhookBody> | null> {
  const body = await readWebhookBody(request);
  if (!body.ok) return null;
  const text = new TextDecoder().decode(body.value);
  const parsed = v.safeParse(webhookBody, text.trim() === "" ? "{}" : text);
  return parsed.success ? parsed.output : null;
}
