/** What agent-claw uses of the Bot API, written from "Bot API 10.1", for when the whole schema is not at hand. */
import { ABOVE, CAPTION, DURATION, field, needed, SIZE, SPOILER } from "./own-fields.ts";
import { OWN_METHODS } from "./own-methods.ts";
import type { Entry, Field, Schema } from "./schema.ts";

const THUMBNAIL = field("thumbnail", "String");
const SCOPES = ["Default", "AllPrivateChats", "AllGroupChats", "AllChatAdministrators"];
const SCOPE_CHAT = needed("chat_id", ["Integer", "String"]);

const TYPES: Readonly<Record<string, Entry>> = {
  InputFile: {},
  MessageEntity: {
    fields: [
      needed("type", "String"),
      needed("offset", "Integer"),
      needed("length", "Integer"),
      field("url", "String"),
      field("language", "String"),
    ],
  },
  LinkPreviewOptions: { fields: [field("is_disabled", "Boolean"), field("url", "String")] },
  ReplyParameters: {
    fields: [
      needed("message_id", "Integer"),
      field("chat_id", ["Integer", "String"]),
      field("allow_sending_without_reply", "Boolean"),
      field("quote", "String"),
    ],
  },
  InlineKeyboardMarkup: { fields: [needed("inline_keyboard", "Array of Array of InlineKeyboardButton")] },
  InlineKeyboardButton: {
    fields: [
      needed("text", "String"),
      field("style", "String"),
      field("url", "String"),
      field("callback_data", "String"),
      field("copy_text", "CopyTextButton"),
    ],
  },
  CopyTextButton: { fields: [needed("text", "String")] },
  InputRichMessage: {
    fields: [
      field("html", "String"),
      field("markdown", "String"),
      field("is_rtl", "Boolean"),
      field("skip_entity_detection", "Boolean"),
    ],
  },
  InputMediaPhoto: media(ABOVE, SPOILER),
  InputMediaVideo: media(THUMBNAIL, ABOVE, ...SIZE, DURATION, field("supports_streaming", "Boolean"), SPOILER),
  InputMediaAudio: media(THUMBNAIL, DURATION, field("performer", "String"), field("title", "String")),
  InputMediaDocument: media(THUMBNAIL, field("disable_content_type_detection", "Boolean")),
  InputMediaLivePhoto: media(needed("photo", "String"), ABOVE, SPOILER),
  ReactionType: { subtypes: ["ReactionTypeEmoji", "ReactionTypeCustomEmoji", "ReactionTypePaid"] },
  ReactionTypeEmoji: { fields: [needed("type", "String"), needed("emoji", "String")] },
  ReactionTypeCustomEmoji: { fields: [needed("type", "String"), needed("custom_emoji_id", "String")] },
  ReactionTypePaid: { fields: [needed("type", "String")] },
  BotCommand: { fields: [needed("command", "String"), needed("description", "String")] },
  BotCommandScope: {
    subtypes: [...SCOPES, "Chat", "ChatAdministrators", "ChatMember"].map((name) => `BotCommandScope${name}`),
  },
  ...Object.fromEntries(SCOPES.map((name) => [`BotCommandScope${name}`, { fields: [needed("type", "String")] }])),
  BotCommandScopeChat: { fields: [needed("type", "String"), SCOPE_CHAT] },
  BotCommandScopeChatAdministrators: { fields: [needed("type", "String"), SCOPE_CHAT] },
  BotCommandScopeChatMember: { fields: [needed("type", "String"), SCOPE_CHAT, needed("user_id", "Integer")] },
};

export const OWN_SCHEMA: Schema = { methods: OWN_METHODS, types: TYPES };

function media(...more: readonly Field[]): Entry {
  return { fields: [needed("type", "String"), needed("media", "String"), ...CAPTION, ...more] };
}
