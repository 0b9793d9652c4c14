/** Delivers one part of an answer as one Telegram message, or as one album. */
import type { Message } from "@grammyjs/types";
import { assertNever } from "../../../protocol/assert.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import type { Outbound, Receipt, ReplyAddress } from "../../../protocol/outbound.ts";
import type { BotApi } from "./bot-api.ts";
import { sendFiles } from "./files.ts";
import { type Keyboard, keyboardOf } from "./keyboard.ts";
import { Refusal } from "./outcome.ts";
import { chatIdOf, messageIdOf, type Place, sendTo } from "./send-place.ts";
import { type Form, putText } from "./send-text.ts";

/**
 * Sends `message`, or puts it in the place of a preview. What Telegram refuses for its form is sent at once in a simpler
 * one, and what it refuses because the group has become a supergroup goes there. Throws `ChannelError` only;
 * `channel_refused` for an edit means that the message must be sent anew.
 */
export async function sendTelegram(bot: BotApi, to: ReplyAddress, message: Outbound): Promise<Receipt> {
  const { edits, files = [], markdown, buttons } = message;
  if (edits !== undefined) return await editMessage(bot, to, edits, message);
  const sent = await sendTo(to, (chatId, place) => {
    if (files.length > 0) return sendFiles(bot, { chatId, place }, files, message);
    return putText(bot, markdown, (form) => sendText(bot, chatId, form, { ...place, ...keyboardOf(buttons) }));
  });
  return { messageId: String(sent.message_id) };
}

async function sendText(bot: BotApi, chatId: number, form: Form, other: Place & Keyboard): Promise<Message> {
  switch (form.kind) {
    case "rich":
      return await bot.deliver("sendRichMessage", (api) => api.sendRichMessage(chatId, form.message, other));
    case "html":
      return await bot.deliver("sendMessage", (api) =>
        api.sendMessage(chatId, form.text, { ...other, parse_mode: "HTML" }),
      );
    case "plain":
      return await bot.deliver("sendMessage", (api) => api.sendMessage(chatId, form.text, other));
    default:
      return assertNever(form);
  }
}

/** Doing it twice changes nothing: Telegram says that nothing was modified, and that is a success. */
async function editMessage(
  bot: BotApi,
  to: ReplyAddress,
  edits: string,
  { markdown, files, buttons }: Outbound,
): Promise<Receipt> {
  const at = { channel: "telegram", method: "editMessageText" };
  if (files?.length) throw new ChannelError("channel_refused", at, "a text cannot become files");
  const message = { chatId: chatIdOf(to), messageId: messageIdOf(edits) };
  try {
    await putText(bot, markdown, (form) => editText(bot, message, form, keyboardOf(buttons)));
  } catch (error) {
    // A group that has become a supergroup is a refusal too: an edit cannot follow it there.
    if (!(error instanceof Refusal) || error.reason.kind !== "not_modified") throw error;
  }
  return { messageId: edits };
}

async function editText(
  bot: BotApi,
  { chatId, messageId }: { readonly chatId: number; readonly messageId: number },
  form: Form,
  keyboard: Keyboard,
): Promise<void> {
  await bot.deliver("editMessageText", async (api) => {
    switch (form.kind) {
      case "rich":
        return await api.editMessageText(chatId, messageId, form.message, keyboard);
      case "html":
        return await api.editMessageText(chatId, messageId, form.text, { ...keyboard, parse_mode: "HTML" });
      case "plain":
        return await api.editMessageText(chatId, messageId, form.text, keyboard);
      default:
        return assertNever(form);
    }
  });
}
