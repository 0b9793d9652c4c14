/** Edits of messages, reactions to them and presses of buttons under them become `Happening`s. Pure. */
import { assert } from "../../../protocol/assert.ts";
import { isInboundId } from "../../../protocol/ids.ts";
import type { Happening } from "../../../protocol/inbound.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { accountOf, type Source, updateKey } from "./dedupe-keys.ts";
import { readMessage } from "./parse-message.ts";
import { CHANNEL, chatAt, placeIn } from "./place.ts";
import { quoteWhole } from "./quoted.ts";
import { chatSender, userSender } from "./sender.ts";
import type { CallbackQuery, MessageReaction, Reaction } from "./update-events.ts";
import type { Message } from "./update-message.ts";
import { label } from "./words.ts";

/** Reads the new version of a message; the error says why it is of no interest. */
export function readEdit(message: Message, source: Source): Result<Happening, string> {
  const read = readMessage(message, source);
  if (!read.ok) return read;
  const inbound = read.value;
  // Telegram edits by itself what nobody rewords: a live location moves, a poll counts.
  if (inbound.text.trim() === "" && inbound.attachments.length === 0) return err("an edit without words or a file");
  const { date, edit_date: editedAt = date } = message;
  return ok({
    kind: "edited",
    session: inbound.session,
    channel: CHANNEL,
    // Nothing else: two edits of one second have the same time.
    dedupeKeys: [updateKey(source)],
    at: editedAt * 1000,
    message: inbound,
  });
}

/** Reads a change of somebody's reactions. Telegram does not tell the topic, so it is heard by the whole chat. */
export function readReaction(reaction: MessageReaction, source: Source): Result<Happening, string> {
  const { chat, user, actor_chat: anonymous, message_id: messageId } = reaction;
  const place = placeIn(chat);
  if (!place.ok) return place;
  if (user?.is_bot) return err("a reaction of a bot");
  const sender = user ? userSender(user) : anonymous && chatSender(anonymous);
  if (!sender) return err("a reaction of nobody");
  return ok({
    kind: "reacted",
    session: place.value.session,
    channel: CHANNEL,
    dedupeKeys: [updateKey(source)],
    at: reaction.date * 1000,
    messageId: String(messageId),
    sender,
    before: reaction.old_reaction.map(reactionName),
    now: reaction.new_reaction.map(reactionName),
  });
}

function reactionName({ type, emoji }: Reaction): string {
  return label(emoji ?? type.replaceAll("_", " "));
}

/** Reads the press of a button. It has no time of its own: Telegram tells only that of the message. */
export function readPress(query: CallbackQuery, source: Source): Result<Happening, string> {
  const { id: pressId, data, message, from } = query;
  const { receivedAt: at } = source;
  if (data === undefined) return err("a press of a button that carries nothing");
  if (!message) return err("a press under a message that was sent inline");
  const place = placeIn(message.chat, message);
  if (!place.ok) return place;
  const account = accountOf(source.bot);
  const id = `${account}:press:${pressId}`;
  assert(isInboundId(id), "the id of a press is short and has no controls");
  const dedupeKeys = [updateKey(source), id];
  const { session, address } = place.value;
  const quoted = quoteWhole(message);
  return ok({
    kind: "pressed",
    session,
    channel: CHANNEL,
    dedupeKeys,
    at,
    pressId,
    buttonId: label(data),
    message: {
      id,
      dedupeKeys,
      session,
      channel: CHANNEL,
      chat: chatAt(place.value, { addressed: true }),
      sender: userSender(from),
      text: "",
      // Only below our own messages there are buttons of ours.
      ...(quoted && { quoted: { ...quoted, isOwn: true } }),
      attachments: [],
      replyTo: { ...address, messageId: String(message.message_id) },
      sentAt: at,
    },
  });
}
