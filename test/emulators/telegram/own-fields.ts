/** Fields that many methods and types of our own schema share. */
import type { Field } from "./schema.ts";

export function field(name: string, types: string | readonly string[]): Field {
  return { name, types: typeof types === "string" ? [types] : types, required: false };
}

export function needed(name: string, types: string | readonly string[]): Field {
  return { ...field(name, types), required: true };
}

export const CHAT = needed("chat_id", ["Integer", "String"]);
export const PRIVATE_CHAT = needed("chat_id", "Integer");
export const THREAD = field("message_thread_id", "Integer");
export const FORMATTING = [field("parse_mode", "String"), field("entities", "Array of MessageEntity")];
export const CAPTION = [
  field("caption", "String"),
  field("parse_mode", "String"),
  field("caption_entities", "Array of MessageEntity"),
];
export const ABOVE = field("show_caption_above_media", "Boolean");
export const SPOILER = field("has_spoiler", "Boolean");
export const KEYBOARD = field("reply_markup", "InlineKeyboardMarkup");
export const DURATION = field("duration", "Integer");
export const SIZE = [field("width", "Integer"), field("height", "Integer")];
/** What every new message can have. */
export const SENDING = [
  field("disable_notification", "Boolean"),
  field("protect_content", "Boolean"),
  field("reply_parameters", "ReplyParameters"),
];
/** Only inline keyboards are known to the emulator. */
export const MARKUP = field("reply_markup", [
  "InlineKeyboardMarkup",
  "ReplyKeyboardMarkup",
  "ReplyKeyboardRemove",
  "ForceReply",
]);
