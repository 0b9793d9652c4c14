/** The methods that agent-claw uses, written from "Bot API 10.1", for when the whole schema is not at hand. */
import type { Schema } from "./schema.ts";

const field = (name: string, types: readonly string[], required = false) => ({ name, types, required });
const CHAT = field("chat_id", ["Integer", "String"], true);
const THREAD = field("message_thread_id", ["Integer"]);
const FORMATTING = [field("parse_mode", ["String"]), field("entities", ["Array of MessageEntity"])];

export const OWN_SCHEMA: Schema = {
  methods: {
    getMe: {},
    getWebhookInfo: {},
    deleteWebhook: { fields: [field("drop_pending_updates", ["Boolean"])] },
    setWebhook: {
      fields: [
        field("url", ["String"], true),
        field("ip_address", ["String"]),
        field("max_connections", ["Integer"]),
        field("allowed_updates", ["Array of String"]),
        field("drop_pending_updates", ["Boolean"]),
        field("secret_token", ["String"]),
      ],
    },
    getUpdates: {
      fields: [
        field("offset", ["Integer"]),
        field("limit", ["Integer"]),
        field("timeout", ["Integer"]),
        field("allowed_updates", ["Array of String"]),
      ],
    },
    sendMessage: {
      fields: [
        CHAT,
        THREAD,
        field("text", ["String"], true),
        ...FORMATTING,
        field("link_preview_options", ["LinkPreviewOptions"]),
        field("disable_notification", ["Boolean"]),
        field("protect_content", ["Boolean"]),
        field("reply_parameters", ["ReplyParameters"]),
      ],
    },
    sendMessageDraft: {
      fields: [
        field("chat_id", ["Integer"], true),
        THREAD,
        field("draft_id", ["Integer"], true),
        field("text", ["String"]),
        ...FORMATTING,
      ],
    },
    sendChatAction: { fields: [CHAT, THREAD, field("action", ["String"], true)] },
  },
  types: {
    MessageEntity: {
      fields: [
        field("type", ["String"], true),
        field("offset", ["Integer"], true),
        field("length", ["Integer"], true),
        field("url", ["String"]),
        field("language", ["String"]),
      ],
    },
    LinkPreviewOptions: { fields: [field("is_disabled", ["Boolean"]), field("url", ["String"])] },
    ReplyParameters: {
      fields: [
        field("message_id", ["Integer"], true),
        field("chat_id", ["Integer", "String"]),
        field("allow_sending_without_reply", ["Boolean"]),
        field("quote", ["String"]),
      ],
    },
  },
};
