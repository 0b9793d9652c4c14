/** The kinds of Telegram updates that we ask for, whichever way they come: by webhook or by polling. */

/**
 * "Update". Reactions and members have to be named, or Telegram leaves them out; kinds that nothing is made of are left
 * out, so that they wake nobody.
 */
export const TELEGRAM_UPDATE_KINDS = [
  "message",
  "edited_message",
  "channel_post",
  "edited_channel_post",
  "callback_query",
  "message_reaction",
  "my_chat_member",
  "chat_member",
] as const;
