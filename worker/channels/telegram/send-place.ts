/** Where in Telegram a message goes, as parameters of a call. Throws `ChannelError` only. */
import { ChannelError } from "../../../protocol/errors.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { Refusal } from "./outcome.ts";

/** The topic that every forum has: sending names it by leaving the thread out, typing names it by its id. */
const GENERAL_TOPIC = 1;

/** Topic and reply, the same parameters for every method that sends. */
export type Place = {
  readonly message_thread_id?: number;
  readonly reply_parameters?: { readonly message_id: number; readonly allow_sending_without_reply: true };
};

/** The chat as Telegram wants it. Throws `channel_refused` for an address that cannot be a chat. */
export function chatIdOf({ chatId }: ReplyAddress): number {
  return idOf(chatId, "chat");
}

/** A message's id as Telegram wants it. Throws `channel_refused` for what cannot be one. */
export function messageIdOf(id: string): number {
  return idOf(id, "message");
}

/** The parameter that puts a call into a topic; none outside topics. */
export function threadFor(what: "message" | "typing", { thread }: ReplyAddress): Pick<Place, "message_thread_id"> {
  const id = Number(thread?.id);
  if (!Number.isSafeInteger(id) || (what === "message" && id === GENERAL_TOPIC)) return {};
  return { message_thread_id: id };
}

/** Puts a message where it belongs; if the group has become a supergroup, at once there. */
export async function sendTo<T>(to: ReplyAddress, send: (chatId: number, place: Place) => Promise<T>): Promise<T> {
  try {
    return await send(chatIdOf(to), { ...threadFor("message", to), ...replyTo(to) });
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason.kind !== "migrated") throw error;
    // A supergroup numbers its messages and topics anew: what was answered cannot be named there.
    return await send(error.reason.toChatId, {});
  }
}

/** In groups an answer hangs on the message that it answers, if that still exists. */
function replyTo({ chatKind, messageId }: ReplyAddress): Pick<Place, "reply_parameters"> {
  const id = Number(messageId);
  if (chatKind !== "group" || !Number.isSafeInteger(id)) return {};
  return { reply_parameters: { message_id: id, allow_sending_without_reply: true } };
}

function idOf(text: string, what: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id) && id !== 0) return id;
  throw new ChannelError("channel_refused", { channel: "telegram", method: "send" }, `not the id of a ${what}`);
}
