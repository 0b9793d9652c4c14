/** Delivers one part of an answer: by the token of the interaction that it answers, or as a message of its own. */
import { ChannelError } from "../../../protocol/errors.ts";
import type { Outbound, Receipt, ReplyAddress, ReplyTicket } from "../../../protocol/outbound.ts";
import { cutLine } from "../text/cut.ts";
import { giveUpPlace, settlePlace } from "./give-up-place.ts";
import { findSent } from "./history.ts";
import { NONCE_GOOD_MS, nonceOf } from "./nonce.ts";
import { isRefused, Refusal } from "./outcome.ts";
import type { DiscordRest } from "./rest.ts";
import { route } from "./rest-route.ts";
import { mustAnswer } from "./rest-self.ts";
import { changeMessage, type Content, contentOf, createMessage } from "./send-message.ts";
import { inPlace, whereItIs } from "./send-place.ts";
import { beganAt, fillPlace, followUp, switchesAt } from "./send-ticket.ts";

/** "Start Thread from Message": 1-100 characters; ours are shorter. */
const THREAD_NAME_MAX = 60;
/** When an answer begins with no words. */
const THREAD_NAME = "💬";
const MARK = /[*~`#>|[\]]+|(?<!\w)_+|_+(?!\w)/gu;

/**
 * Sends `message`, or puts it in the place of "thinking" or of a preview. The same `deliveryId` again is shown once, but
 * for what follows a first answer by a binding ticket. Throws `ChannelError` only; `channel_refused` for an edit means that
 * the message must be sent anew.
 */
export async function sendDiscord(
  rest: DiscordRest,
  to: ReplyAddress,
  message: Outbound,
  now: number,
): Promise<Receipt> {
  const content = contentOf(message);
  const { edits } = message;
  if (edits !== undefined) {
    return await whereItIs(rest, to, (channel) =>
      changeMessage(
        rest,
        route("PATCH", "/channels/{channel}/messages/{message}", { channel, message: edits }),
        content,
      ),
    );
  }
  const { ticket } = to;
  if (ticket?.isBinding) return await sendByTicket(rest, ticket, content, message, now);
  await mustAnswer(rest);
  if (ticket?.holdsPlace && mayTakePlace(ticket, message, now)) {
    try {
      const receipt = await fillPlace(rest, ticket, content, now);
      settlePlace(rest, ticket);
      return receipt;
    } catch (error) {
      // Nothing was shown, and a message of our own is as good.
      if (!(error instanceof Refusal)) throw error;
    }
  }
  if (ticket?.holdsPlace) await leavePlace(rest, ticket, message, now);
  return await sendToPlace(rest, to, content, message, now);
}

/** What waits or has grown there is no answer, unless this one may be there. Nobody waits for that to be said. */
async function leavePlace(
  rest: DiscordRest,
  ticket: ReplyTicket,
  { mayBeShownSince }: Outbound,
  now: number,
): Promise<void> {
  if (mayBeShownSince !== undefined || now < switchesAt(ticket)) return;
  try {
    await giveUpPlace(rest, ticket, now);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
  }
}

/** What may stand there already since before the switch is best put there again. */
function mayTakePlace(ticket: ReplyTicket, { mayBeShownSince }: Outbound, now: number): boolean {
  const switchAt = switchesAt(ticket);
  return now < switchAt || (mayBeShownSince !== undefined && mayBeShownSince < switchAt && now < ticket.goodUntil);
}

async function sendByTicket(
  rest: DiscordRest,
  ticket: ReplyTicket,
  content: Content,
  { mayBeShownSince }: Outbound,
  now: number,
): Promise<Receipt> {
  if (now >= ticket.goodUntil) {
    const at = { channel: "discord", method: "webhooks" };
    throw new ChannelError("channel_refused", at, "too late: the interaction is over, and no other way leads there");
  }
  if (ticket.holdsPlace) {
    try {
      return await fillPlace(rest, ticket, content, now);
    } catch (error) {
      if (!isRefused(error, "unknown_message") || mayBeShownSince !== undefined) throw error;
    }
  }
  return await followUp(rest, ticket, content, { isEphemeral: ticket.isPublic !== true, now });
}

async function sendToPlace(
  rest: DiscordRest,
  to: ReplyAddress,
  content: Content,
  message: Outbound,
  now: number,
): Promise<Receipt> {
  const nonce = await nonceOf(message.deliveryId);
  const since = looksSince(to, message, now);
  return await inPlace(rest, to, threadNameFor(message), async ({ channelId, replyTo }) => {
    const isReadable = to.chatKind === "direct";
    const found = since === null ? null : await findSent(rest, { channelId, isReadable, since }, { content, nonce });
    if (found !== null) return { messageId: found };
    const at = route("POST", "/channels/{channel}/messages", { channel: channelId });
    return await createMessage(rest, at, content, { nonce, ...(replyTo !== undefined && { replyTo }) });
  });
}

/**
 * Since when a message is looked for before it is sent again; null: that is not needed. What was put in the place of
 * "thinking" has no nonce, and is as old as the interaction.
 */
function looksSince({ ticket }: ReplyAddress, { mayBeShownSince }: Outbound, now: number): number | null {
  if (mayBeShownSince === undefined) return null;
  if (ticket?.holdsPlace) return Math.min(mayBeShownSince, beganAt(ticket));
  return now - mayBeShownSince < NONCE_GOOD_MS ? null : mayBeShownSince;
}

/** The first words of an answer, without marks. */
function threadNameFor({ markdown }: Outbound): string {
  const words = markdown
    .replace(MARK, "")
    .replace(/[^\p{L}\p{N}\p{P}\p{Sc}]+/gu, " ")
    .trim();
  if (words === "") return THREAD_NAME;
  return words.length <= THREAD_NAME_MAX ? words : `${words.slice(0, cutLine(words, THREAD_NAME_MAX - 1)).trimEnd()}…`;
}
