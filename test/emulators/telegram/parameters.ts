/** Reads what several methods take: texts with formatting, the message that is answered, the topic. */
import { type Entity, EntityError, type FormattedText, parseHtml } from "./entities.ts";
import { badRequest } from "./failure.ts";
import type { ChatInfo, Content } from "./message.ts";
import type { Params } from "./request.ts";
import { fieldsOf, stringOf } from "./values.ts";
import type { World } from "./world.ts";

/** "1-4096 characters after entities parsing", "0-1024 characters after entities parsing": in UTF-16 units. */
const TEXT_MAX = 4096;
const CAPTION_MAX = 1024;
/** The General topic has this id, but sending to it by id fails; it must be left out. */
const GENERAL_TOPIC = 1;

/** The `text` of a call. Throws `ApiFailure`. */
export function textOf(params: Params): FormattedText {
  const shown = formatted(params["text"], params["parse_mode"], params["entities"]);
  if (shown.text.length > TEXT_MAX) throw badRequest("message is too long");
  return shown;
}

/** The caption of a file, as the content of its message. Throws `ApiFailure`. */
export function captionOf(params: Params): Content {
  const { text, entities } = formatted(params["caption"], params["parse_mode"], params["caption_entities"]);
  if (text.length > CAPTION_MAX) throw badRequest("message caption is too long");
  if (text === "") return {};
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) };
}

/** Which message is answered, and in which topic. Throws `ApiFailure`. */
export function placeOf(params: Params, chat: ChatInfo, { chats }: World): Content {
  const threadId = params["message_thread_id"];
  if (threadId === GENERAL_TOPIC && (chat.type === "supergroup" || chat.type === "group")) {
    throw badRequest("message thread not found");
  }
  const reply = fieldsOf(params["reply_parameters"]);
  const found = chats.find(chat.id, reply["message_id"]);
  const isOptional = reply["message_id"] === undefined || reply["allow_sending_without_reply"] === true;
  if (!found && !isOptional) throw badRequest("message to be replied not found");
  return {
    ...(found && { reply_to_message: found }),
    ...(typeof threadId === "number" && { message_thread_id: threadId, is_topic_message: true }),
  };
}

/** A message of one of our chats. Throws a 400 that says that `what` was not found. */
export function messageOf(params: Params, chatId: number, { chats }: World, what: string) {
  const found = chats.find(chatId, params["message_id"]);
  if (!found) throw badRequest(`message to ${what} not found`);
  return found;
}

function formatted(source: unknown, mode: unknown, entities: unknown): FormattedText {
  const text = stringOf(source);
  if (!text.isWellFormed()) throw badRequest("strings must be encoded in UTF-8");
  if (mode === undefined || mode === "") return { text: text.trim(), entities: readEntities(entities) };
  if (mode !== "HTML") throw badRequest("this parse_mode is not emulated");
  try {
    return parseHtml(text);
  } catch (error) {
    throw error instanceof EntityError ? badRequest(error.message) : error;
  }
}

/** The schema has checked what they are. */
function readEntities(entities: unknown): readonly Entity[] {
  return Array.isArray(entities) ? entities : [];
}
