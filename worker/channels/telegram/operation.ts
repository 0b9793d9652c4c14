/** What the owner can ask Telegram about the bot and change there: who it is, its webhook, its menus of commands. */
import type { BotCommandScope } from "@grammyjs/types";
import { withoutToken } from "../../../protocol/bot-token.ts";
import { type CommandEntry, commandsAt } from "../../../protocol/commands.ts";
import { TELEGRAM_UPDATE_KINDS } from "../../../protocol/telegram-updates.ts";
import { botApi, type TelegramSettings } from "./bot-api.ts";

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

/**
 * Sets what people are offered when they type "/". In groups everybody sees what everybody may use; what only the owner may
 * use is shown to administrators, who the owner is one of as a rule. The same again changes nothing. Throws `ChannelError` only.
 */
export async function setTelegramCommands(settings: TelegramSettings): Promise<void> {
  const inGroups = commandsAt("group");
  const menus: readonly { readonly scope: BotCommandScope; readonly commands: readonly CommandEntry[] }[] = [
    { scope: { type: "all_private_chats" }, commands: commandsAt("direct") },
    { scope: { type: "all_group_chats" }, commands: inGroups.filter(({ isForOwner }) => !isForOwner) },
    { scope: { type: "all_chat_administrators" }, commands: inGroups },
  ];
  const bot = botApi(settings);
  const set = menus.map(({ scope, commands }) => {
    const menu = commands.map(({ name, description }) => ({ command: name, description }));
    return bot.show("setMyCommands", (api) => api.setMyCommands(menu, { scope }));
  });
  await Promise.all(set);
}
