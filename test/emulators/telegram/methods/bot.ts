/** Methods about the bot itself: who it is, how updates come, its commands. */
import type { BotCommand } from "../commands.ts";
import { badRequest } from "../failure.ts";
import { fieldsOf, numberOf, stringsOf } from "../values.ts";
import type { Method } from "../world.ts";

const getMe: Method = (_params, { me, privacyMode }) => ({
  ...me,
  can_join_groups: true,
  can_read_all_group_messages: !privacyMode,
  supports_inline_queries: false,
});

const getWebhookInfo: Method = (_params, { updates }) => updates.webhookInfo();

const setWebhook: Method = (params, { updates }) => {
  const { url, secret_token: secret } = params;
  if (typeof url !== "string") throw badRequest("url is missing");
  if (secret !== undefined && !(typeof secret === "string" && /^[A-Za-z0-9_-]{1,256}$/.test(secret))) {
    throw badRequest("secret token contains unallowed characters");
  }
  const maxConnections = numberOf(params["max_connections"], 40);
  if (maxConnections < 1 || maxConnections > 100) throw badRequest("max_connections must be between 1 and 100");
  updates.allow(stringsOf(params["allowed_updates"]));
  const webhook = url === "" ? null : { url, secret: typeof secret === "string" ? secret : undefined, maxConnections };
  updates.setWebhook(webhook, params["drop_pending_updates"] === true);
  return true;
};

const deleteWebhook: Method = (params, { updates }) => {
  updates.setWebhook(null, params["drop_pending_updates"] === true);
  return true;
};

const getUpdates: Method = (params, { updates }) => {
  updates.allow(stringsOf(params["allowed_updates"]));
  const limit = numberOf(params["limit"], 100);
  if (limit < 1 || limit > 100) throw badRequest("limit must be between 1 and 100");
  return updates.poll(numberOf(params["offset"], 0), limit, numberOf(params["timeout"], 0));
};

const getMyCommands: Method = ({ scope, language_code: language }, { commands }) => commands.get(scope, language);

const setMyCommands: Method = ({ commands: list, scope, language_code: language }, { commands, chats }) => {
  const { chat_id: chatId } = fieldsOf(scope);
  if (chatId !== undefined) chats.known(chatId);
  commands.set(readCommands(list), scope, language);
  return true;
};

const deleteMyCommands: Method = ({ scope, language_code: language }, { commands }) => {
  commands.delete(scope, language);
  return true;
};

/** The schema has checked what they are. */
function readCommands(list: unknown): readonly BotCommand[] {
  return Array.isArray(list) ? list : [];
}

export const BOT_METHODS: Readonly<Record<string, Method>> = {
  getMe,
  getWebhookInfo,
  setWebhook,
  deleteWebhook,
  getUpdates,
  getMyCommands,
  setMyCommands,
  deleteMyCommands,
};
