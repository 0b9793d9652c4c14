/** What the owner can ask Telegram about the bot and change there: who it is, its webhook, its menus of commands. */
import type { BotCommandScope } from "@grammyjs/types";
import { type Language, LANGUAGES } from "../../../protocol/access.ts";
import { withoutToken } from "../../../protocol/bot-token.ts";
import { commandsAt, type OfferedCommand } from "../../../protocol/commands.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import { TELEGRAM_UPDATE_KINDS } from "../../../protocol/telegram-updates.ts";
import { type BotApi, botApi, type TelegramSettings } from "./bot-api.ts";

export type TelegramBotState = {
  readonly id: number;
  readonly username: string | null;
  readonly name: string;
  readonly canJoinGroups: boolean;
  /** False: privacy mode is on. */
  readonly canReadAllGroupMessages: boolean;
};

export type TelegramWebhookState = {
  /** Null: none is set. */
  readonly url: string | null;
  /** Updates that Telegram keeps for us. */
  readonly pending: number;
  /** The last failure, in Telegram's words; it stays when all is well again. `at` is epoch ms. */
  readonly lastError: { readonly at: number; readonly message: string } | null;
  readonly maxConnections: number | null;
  /** Null: all kinds but those that have to be named. */
  readonly allowedUpdates: readonly string[] | null;
  /** The kinds that we handle and the webhook does not get. */
  readonly missingUpdates: readonly string[];
};

/** "setWebhook", 1-100: so many posts at once. Each is one short commit, and no chat waits for another. */
const CONNECTIONS_MAX = 40;
/** "setWebhook": kinds that an empty list leaves out. */
const NOT_BY_DEFAULT: ReadonlySet<string> = new Set(["chat_member", "message_reaction", "message_reaction_count"]);

/** Who the bot is, and its webhook. Throws `ChannelError` only. */
export async function readTelegram(
  settings: TelegramSettings,
): Promise<{ readonly bot: TelegramBotState; readonly webhook: TelegramWebhookState }> {
  const bot = botApi(settings);
  const [me, info] = await Promise.all([
    bot.show("getMe", (api) => api.getMe()),
    bot.show("getWebhookInfo", (api) => api.getWebhookInfo()),
  ]);
  const allowed = info.allowed_updates?.length ? info.allowed_updates : null;
  return {
    bot: {
      id: me.id,
      username: me.username ?? null,
      name: me.first_name,
      canJoinGroups: me.can_join_groups === true,
      canReadAllGroupMessages: me.can_read_all_group_messages === true,
    },
    webhook: {
      // One that somebody else has set may hold the token.
      url: info.url ? withoutToken(info.url, settings.botToken) : null,
      pending: info.pending_update_count,
      lastError: info.last_error_date
        ? { at: info.last_error_date * 1000, message: withoutToken(info.last_error_message ?? "", settings.botToken) }
        : null,
      maxConnections: info.max_connections ?? null,
      allowedUpdates: allowed,
      missingUpdates: TELEGRAM_UPDATE_KINDS.filter((kind) =>
        allowed ? !allowed.includes(kind) : NOT_BY_DEFAULT.has(kind),
      ),
    },
  };
}

/** Has Telegram send all that we handle to `url`, with our secret. What waits there is kept. Throws `ChannelError` only. */
export async function setTelegramWebhook(settings: TelegramSettings, url: string): Promise<void> {
  await botApi(settings).show("setWebhook", (api) =>
    api.setWebhook(url, {
      secret_token: settings.webhookSecret,
      allowed_updates: TELEGRAM_UPDATE_KINDS,
      max_connections: CONNECTIONS_MAX,
    }),
  );
}

/** Takes the webhook away; updates wait for whoever fetches them. Throws `ChannelError` only. */
export async function deleteTelegramWebhook(settings: TelegramSettings): Promise<void> {
  await botApi(settings).show("deleteWebhook", (api) => api.deleteWebhook());
}

/** Who is offered which commands, and in which words. */
export type MenuAudience = {
  /** The owner's ids in Telegram; what only the owner may do is offered in their chats with the bot. */
  readonly owners: readonly string[];
  /** `auto`: to everybody in the language of their app. */
  readonly language: Language | "auto";
};

type Menu = { readonly scope: BotCommandScope; readonly commands: readonly OfferedCommand[] };

/** What apps in no other of our languages show. */
const DEFAULT_LANGUAGE: Language = "en";

/**
 * Sets what people are offered when they type "/": by place and by the language of their app, and in the owner's chats
 * what only the owner may do. The same again changes nothing. Throws `ChannelError` only.
 */
export async function setTelegramCommands(settings: TelegramSettings, audience: MenuAudience): Promise<void> {
  const bot = botApi(settings);
  const lists = LANGUAGES.flatMap((language) =>
    menusIn(audience.language === "auto" ? language : audience.language, audience.owners).map((menu) =>
      setMenu(bot, menu, language),
    ),
  );
  // Once it had a list of its own, which counts before that of the group.
  const scope = { type: "all_chat_administrators" } as const;
  await Promise.all([...lists, bot.show("deleteMyCommands", (api) => api.deleteMyCommands({ scope }))]);
}

function menusIn(language: Language, owners: readonly string[]): readonly Menu[] {
  const [inDirect, inGroups] = [commandsAt("direct", language), commandsAt("group", language)];
  return [
    { scope: { type: "all_private_chats" }, commands: inDirect.filter(({ who }) => who === "everyone") },
    { scope: { type: "all_group_chats" }, commands: inGroups.filter(({ who }) => who === "everyone") },
    ...owners.map((id): Menu => ({ scope: { type: "chat", chat_id: Number(id) }, commands: inDirect })),
  ];
}

async function setMenu(bot: BotApi, { scope, commands }: Menu, language: Language): Promise<void> {
  const menu = commands.map(({ name, description }) => ({ command: name, description }));
  const inLanguage = language === DEFAULT_LANGUAGE ? {} : { language_code: language };
  try {
    await bot.show("setMyCommands", (api) => api.setMyCommands(menu, { scope, ...inLanguage }));
  } catch (error) {
    // An owner who has not opened the chat yet has none: "chat not found".
    if (scope.type !== "chat" || !(error instanceof ChannelError) || error.code !== "channel_refused") throw error;
  }
}
