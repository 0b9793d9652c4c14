/** The methods that agent-claw uses, written from "Bot API 10.1", without what only businesses and channels pay for. */
import {
  ABOVE,
  CAPTION,
  CHAT,
  DURATION,
  FORMATTING,
  field,
  KEYBOARD,
  MARKUP,
  needed,
  PRIVATE_CHAT,
  SENDING,
  SIZE,
  SPOILER,
  THREAD,
} from "./own-fields.ts";
import type { Entry, Field } from "./schema.ts";

const THUMBNAIL = field("thumbnail", ["InputFile", "String"]);
/** Which message is edited; a message of an inline query has no other name. */
const EDITED = [
  field("chat_id", ["Integer", "String"]),
  field("message_id", "Integer"),
  field("inline_message_id", "String"),
];
const COMMAND_SCOPE = [field("scope", "BotCommandScope"), field("language_code", "String")];

export const OWN_METHODS: Readonly<Record<string, Entry>> = {
  getMe: {},
  getWebhookInfo: {},
  deleteWebhook: { fields: [field("drop_pending_updates", "Boolean")] },
  setWebhook: {
    fields: [
      needed("url", "String"),
      field("ip_address", "String"),
      field("max_connections", "Integer"),
      field("allowed_updates", "Array of String"),
      field("drop_pending_updates", "Boolean"),
      field("secret_token", "String"),
    ],
  },
  getUpdates: {
    fields: [
      field("offset", "Integer"),
      field("limit", "Integer"),
      field("timeout", "Integer"),
      field("allowed_updates", "Array of String"),
    ],
  },
  sendMessage: sending(needed("text", "String"), ...FORMATTING, field("link_preview_options", "LinkPreviewOptions")),
  sendRichMessage: sending(needed("rich_message", "InputRichMessage")),
  sendMessageDraft: {
    fields: [PRIVATE_CHAT, THREAD, needed("draft_id", "Integer"), field("text", "String"), ...FORMATTING],
  },
  sendRichMessageDraft: {
    fields: [PRIVATE_CHAT, THREAD, needed("draft_id", "Integer"), needed("rich_message", "InputRichMessage")],
  },
  sendChatAction: { fields: [CHAT, THREAD, needed("action", "String")] },
  sendPhoto: sending(file("photo"), ...CAPTION, ABOVE, SPOILER),
  sendDocument: sending(file("document"), THUMBNAIL, ...CAPTION, field("disable_content_type_detection", "Boolean")),
  sendVoice: sending(file("voice"), ...CAPTION, DURATION),
  sendAudio: sending(
    file("audio"),
    ...CAPTION,
    DURATION,
    field("performer", "String"),
    field("title", "String"),
    THUMBNAIL,
  ),
  sendVideo: sending(
    file("video"),
    DURATION,
    ...SIZE,
    THUMBNAIL,
    ...CAPTION,
    ABOVE,
    SPOILER,
    field("supports_streaming", "Boolean"),
  ),
  sendAnimation: sending(file("animation"), DURATION, ...SIZE, THUMBNAIL, ...CAPTION, ABOVE, SPOILER),
  sendMediaGroup: {
    fields: [
      CHAT,
      THREAD,
      needed(
        "media",
        ["Audio", "Document", "LivePhoto", "Photo", "Video"].map((kind) => `Array of InputMedia${kind}`),
      ),
      ...SENDING,
    ],
  },
  editMessageText: {
    fields: [
      ...EDITED,
      field("text", "String"),
      ...FORMATTING,
      field("link_preview_options", "LinkPreviewOptions"),
      field("rich_message", "InputRichMessage"),
      KEYBOARD,
    ],
  },
  editMessageReplyMarkup: { fields: [...EDITED, KEYBOARD] },
  deleteMessage: { fields: [CHAT, needed("message_id", "Integer")] },
  setMessageReaction: {
    fields: [
      CHAT,
      needed("message_id", "Integer"),
      field("reaction", "Array of ReactionType"),
      field("is_big", "Boolean"),
    ],
  },
  answerCallbackQuery: {
    fields: [
      needed("callback_query_id", "String"),
      field("text", "String"),
      field("show_alert", "Boolean"),
      field("url", "String"),
      field("cache_time", "Integer"),
    ],
  },
  getFile: { fields: [needed("file_id", "String")] },
  setMyCommands: { fields: [needed("commands", "Array of BotCommand"), ...COMMAND_SCOPE] },
  getMyCommands: { fields: COMMAND_SCOPE },
  deleteMyCommands: { fields: COMMAND_SCOPE },
  getChat: { fields: [CHAT] },
  getChatMember: { fields: [CHAT, needed("user_id", "Integer")] },
};

function sending(...content: readonly Field[]): Entry {
  return { fields: [CHAT, THREAD, ...content, ...SENDING, MARKUP] };
}

function file(name: string): Field {
  return needed(name, ["InputFile", "String"]);
}
