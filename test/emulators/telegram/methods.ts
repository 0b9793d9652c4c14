/** The Bot API's methods that agent-claw uses. Each returns its `result` or throws an `ApiFailure`. */
import { isInvisible } from "../../../protocol/visible-text.ts";
import type { Chats, Person } from "./chats.ts";
import { EntityError, type FormattedText, parseHtml } from "./entities.ts";
import { ApiFailure, badRequest } from "./failure.ts";
import type { Updates } from "./updates.ts";

export type Params = Readonly<Record<string, unknown>>;
export type World = { readonly me: Person; readonly chats: Chats; readonly updates: Updates };
export type Method = (params: Params, world: World) => unknown;

/** "1-4096 characters after entities parsing", in UTF-16 units. */
const TEXT_MAX = 4096;
/** The General topic has this id, but sending to it by id fails; it must be left out. */
const GENERAL_TOPIC = 1;
const INT32_MAX = 2 ** 31 - 1;
const ACTIONS: ReadonlySet<unknown> = new Set([
  "typing",
  "upload_photo",
  "record_video",
  "upload_video",
  "record_voice",
  "upload_voice",
  "upload_document",
  "choose_sticker",
  "find_location",
  "record_video_note",
  "upload_video_note",
]);

export const METHODS: Readonly<Record<string, Method>> = {
  getMe: (_params, { me }) => ({
    ...me,
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
  }),
  getWebhookInfo: (_params, { updates }) => updates.webhookInfo(),
  setWebhook,
  deleteWebhook(params, { updates }) {
    updates.setWebhook(null, params["drop_pending_updates"] === true);
    return true;
  },
  getUpdates(params, { updates }) {
    updates.allow(stringsOf(params["allowed_updates"]));
    const limit = numberOf(params["limit"], 100);
    if (limit < 1 || limit > 100) throw badRequest("limit must be between 1 and 100");
    return updates.poll(numberOf(params["offset"], 0), limit, numberOf(params["timeout"], 0));
  },
  sendMessage,
  sendMessageDraft,
  sendChatAction(params, { chats }) {
    const chat = reachable(params, chats);
    if (!ACTIONS.has(params["action"])) throw badRequest("wrong parameter action in request");
    if (chat.type === "channel") throw badRequest("chat action can't be sent to channels");
    chats.type(chat.id);
    return true;
  },
};

function setWebhook(params: Params, { updates }: World): true {
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
}

function sendMessage(params: Params, { me, chats }: World): object {
  const chat = reachable(params, chats);
  const { text, entities } = formatted(params);
  if (text === "") throw badRequest("message text is empty");
  if (isInvisible(text)) throw badRequest("text must be non-empty");
  const threadId = params["message_thread_id"];
  if (threadId !== undefined && (chat.type === "supergroup" || chat.type === "group") && threadId === GENERAL_TOPIC) {
    throw badRequest("message thread not found");
  }
  const replied = repliedTo(params["reply_parameters"], chat.id, chats);
  return chats.add(chat.id, me, {
    text,
    ...(entities.length > 0 && { entities }),
    ...(replied && { reply_to_message: replied }),
    ...(typeof threadId === "number" && { message_thread_id: threadId, is_topic_message: true }),
  });
}

function sendMessageDraft(params: Params, { chats }: World): true {
  const chat = reachable(params, chats);
  const draftId = params["draft_id"];
  if (chat.type !== "private") throw badRequest("drafts can be sent to private chats only");
  if (typeof draftId !== "number" || draftId === 0 || Math.abs(draftId) > INT32_MAX) throw badRequest("wrong draft_id");
  chats.draft(chat.id, draftId, formatted(params));
  return true;
}

function reachable(params: Params, chats: Chats) {
  const chat = chats.named(params["chat_id"]);
  if (chat.isBlocked) throw new ApiFailure(403, "Forbidden: bot was blocked by the user");
  if (chat.movedTo !== null) {
    const description = "Bad Request: group chat was upgraded to a supergroup chat";
    throw new ApiFailure(400, description, { migrate_to_chat_id: chat.movedTo });
  }
  return chat.info;
}

function formatted(params: Params): FormattedText {
  const source = typeof params["text"] === "string" ? params["text"] : "";
  const shown = parseText(source, params["parse_mode"]);
  if (shown.text.length > TEXT_MAX) throw badRequest("message is too long");
  return shown;
}

function parseText(source: string, mode: unknown): FormattedText {
  if (!source.isWellFormed()) throw badRequest("strings must be encoded in UTF-8");
  if (mode === undefined || mode === "") return { text: source.trim(), entities: [] };
  if (mode !== "HTML") throw badRequest("this parse_mode is not emulated");
  try {
    return parseHtml(source);
  } catch (error) {
    throw error instanceof EntityError ? badRequest(error.message) : error;
  }
}

function repliedTo(reply: unknown, chatId: number, chats: Chats) {
  if (typeof reply !== "object" || reply === null || !("message_id" in reply)) return null;
  const found = chats.messages(chatId).find((message) => message.message_id === reply.message_id);
  const isOptional = "allow_sending_without_reply" in reply && reply.allow_sending_without_reply === true;
  if (!found && !isOptional) throw badRequest("message to be replied not found");
  return found ?? null;
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function stringsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((element) => typeof element === "string") : undefined;
}
