/** Delivers one part of an answer as one Telegram message. */
import type { Api } from "grammy/web";
import { ChannelError } from "../../../protocol/errors.ts";
import type { Outbound, Receipt, ReplyAddress } from "../../../protocol/outbound.ts";
import type { BotApi } from "./bot-api.ts";
import { isFormattingRefused } from "./outcome.ts";
import { renderTelegramHtml } from "./render.ts";

/** The topic that every forum has: sending names it by leaving the thread out, typing names it by its id. */
const GENERAL_TOPIC = 1;

/** Sends `message`; if Telegram refuses its formatting, at once again without. Throws `ChannelError` only. */
export async function sendTelegram(bot: BotApi, to: ReplyAddress, message: Outbound): Promise<Receipt> {
  const chatId = chatIdOf(to);
  const place = { ...threadFor("message", to), ...replyTo(to) };
  const html = renderTelegramHtml(message.markdown);
  const sent = await bot.deliver("sendMessage", async (api: Api) => {
    try {
      return await api.sendMessage(chatId, html, { ...place, parse_mode: "HTML" });
    } catch (error) {
      if (!isFormattingRefused(error)) throw error;
      return await api.sendMessage(chatId, message.markdown.toWellFormed(), place);
    }
  });
  return { messageId: String(sent.message_id) };
}

/** The chat as Telegram wants it. Throws `channel_refused` for an address that cannot be a chat. */
export function chatIdOf(to: ReplyAddress): number {
  const id = Number(to.chatId);
  if (Number.isSafeInteger(id) && id !== 0) return id;
  throw new ChannelError("channel_refused", { channel: "telegram", method: "sendMessage" }, "not a Telegram chat id");
}

/** The parameter that puts a call into a topic; none outside topics. */
export function threadFor(what: "message" | "typing", { thread }: ReplyAddress): { message_thread_id?: number } {
  const id = Number(thread?.id);
  if (!Number.isSafeInteger(id) || (what === "message" && id === GENERAL_TOPIC)) return {};
  return { message_thread_id: id };
}

/** In groups an answer hangs on the message that it answers, if that still exists. */
function replyTo({ chatKind, messageId }: ReplyAddress): {
  reply_parameters?: { message_id: number; allow_sending_without_reply: true };
} {
  const id = Number(messageId);
  if (chatKind !== "group" || !Number.isSafeInteger(id)) return {};
  return { reply_parameters: { message_id: id, allow_sending_without_reply: true } };
}
