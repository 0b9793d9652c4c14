/** Delivers one part of an answer as one Telegram message. */
import type { Message } from "@grammyjs/types";
import type { Api } from "grammy/web";
import { ChannelError } from "../../../protocol/errors.ts";
import type { Outbound, Receipt, ReplyAddress } from "../../../protocol/outbound.ts";
import type { BotApi } from "./bot-api.ts";
import { isFormattingRefused, migratedTo } from "./outcome.ts";
import { renderTelegramHtml } from "./render.ts";

/** The topic that every forum has: sending names it by leaving the thread out, typing names it by its id. */
const GENERAL_TOPIC = 1;

/** Where in a chat a message goes. */
type Place = {
  readonly message_thread_id?: number;
  readonly reply_parameters?: { readonly message_id: number; readonly allow_sending_without_reply: true };
};

/**
 * Sends `message`; if Telegram refuses its formatting, at once again without, and if the group has become a supergroup,
 * there. Throws `ChannelError` only.
 */
export async function sendTelegram(bot: BotApi, to: ReplyAddress, message: Outbound): Promise<Receipt> {
  const chatId = chatIdOf(to);
  const place = { ...threadFor("message", to), ...replyTo(to) };
  const sent = await bot.deliver("sendMessage", async (api: Api) => {
    try {
      return await sendFormatted(api, chatId, message, place);
    } catch (error) {
      const newChatId = migratedTo(error);
      if (newChatId === null) throw error;
      // A supergroup numbers its messages anew: what was answered cannot be named there.
      return await sendFormatted(api, newChatId, message, {});
    }
  });
  return { messageId: String(sent.message_id) };
}

async function sendFormatted(api: Api, chatId: number, { markdown }: Outbound, place: Place): Promise<Message> {
  try {
    return await api.sendMessage(chatId, renderTelegramHtml(markdown), { ...place, parse_mode: "HTML" });
  } catch (error) {
    if (!isFormattingRefused(error)) throw error;
    return await api.sendMessage(chatId, markdown.toWellFormed(), place);
  }
}

/** The chat as Telegram wants it. Throws `channel_refused` for an address that cannot be a chat. */
export function chatIdOf(to: ReplyAddress): number {
  const id = Number(to.chatId);
  if (Number.isSafeInteger(id) && id !== 0) return id;
  throw new ChannelError("channel_refused", { channel: "telegram", method: "sendMessage" }, "not a Telegram chat id");
}

/** The parameter that puts a call into a topic; none outside topics. */
export function threadFor(what: "message" | "typing", { thread }: ReplyAddress): Pick<Place, "message_thread_id"> {
  const id = Number(thread?.id);
  if (!Number.isSafeInteger(id) || (what === "message" && id === GENERAL_TOPIC)) return {};
  return { message_thread_id: id };
}

/** In groups an answer hangs on the message that it answers, if that still exists. */
function replyTo({ chatKind, messageId }: ReplyAddress): Pick<Place, "reply_parameters"> {
  const id = Number(messageId);
  if (chatKind !== "group" || !Number.isSafeInteger(id)) return {};
  return { reply_parameters: { message_id: id, allow_sending_without_reply: true } };
}
