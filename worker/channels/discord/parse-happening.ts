/** Edits, reactions and newcomers that the Gateway tells of become `Happening`s. Pure. */
import type { Happening, Sender } from "../../../protocol/inbound.ts";
import { keyOf } from "./dedupe-keys.ts";
import type { GatewayWorld } from "./dispatch.ts";
import { isOwn, type Reader, readMessage } from "./parse-message.ts";
import { CHANNEL, placeOfEvent } from "./place.ts";
import { senderOf } from "./sender.ts";
import { emojiName } from "./shared.ts";
import type { Edit, Reaction } from "./update-dispatch.ts";
import type { Message } from "./update-message.ts";
import { timeOf } from "./update-parts.ts";

export type HappeningReading =
  | { readonly kind: "read"; readonly happening: Happening }
  | { readonly kind: "ignored"; readonly why: string }
  | { readonly kind: "unknown_thread"; readonly channelId: string };

/** Reads the new version of a message. */
export function readEdit({ message, editedAt }: Edit, reader: Reader): HappeningReading {
  const read = readMessage(message, reader);
  if (read.kind !== "read") return read;
  const { inbound } = read;
  const key = keyOf(reader.settings.applicationId, "edit", message.id, editedAt);
  return happened({
    kind: "edited",
    session: inbound.session,
    channel: CHANNEL,
    dedupeKeys: [key],
    at: editedAt,
    message: inbound,
  });
}

/** Reads that somebody reacted to a message, or took that back. In direct chats Discord tells no more of them than the id. */
export function readReaction(
  reaction: Reaction,
  how: "added" | "removed",
  receivedAt: number,
  { world, settings }: Reader,
): HappeningReading {
  const { user_id: userId, message_id: messageId, emoji } = reaction;
  const name = emojiName(emoji);
  const why = whyUnheard(reaction, name, world);
  if (why !== null) return ignored(why);
  const located = placeOfEvent(reaction, userId, world);
  if (!located.ok) return { kind: "unknown_thread", channelId: located.error.unknownThread };
  return happened({
    kind: "reacted",
    session: located.value.place.session,
    channel: CHANNEL,
    // It has neither an id nor a time, and can be taken back and given again.
    dedupeKeys: [keyOf(settings.applicationId, "reaction", messageId, userId, emoji.id ?? name, how, receivedAt)],
    at: receivedAt,
    messageId,
    sender: reactorOf(reaction),
    before: how === "added" ? [] : [name],
    now: how === "added" ? [name] : [],
  });
}

function whyUnheard(reaction: Reaction, name: string, { self }: Pick<GatewayWorld, "self">): string | null {
  const { user_id: userId, message_author_id: author, member } = reaction;
  if (userId === self.userId) return "a reaction of our own";
  if (member?.user?.bot) return "a reaction of a bot";
  if (author && author !== self.userId) return "a reaction to what others wrote";
  return name === "" ? "a reaction without an emoji" : null;
}

function reactorOf({ user_id: id, member }: Reaction): Sender {
  return senderOf(member?.user ?? { id, username: "", global_name: null }, { member });
}

/** Reads the notice that somebody came to a server. */
export function readJoin(message: Message, reader: Reader): HappeningReading {
  const { author, member, id } = message;
  if (isOwn(message, reader) || author.bot) return ignored("only bots came");
  const located = placeOfEvent(message, author.id, reader.world);
  if (!located.ok) return { kind: "unknown_thread", channelId: located.error.unknownThread };
  const { place } = located.value;
  return happened({
    kind: "members",
    session: place.session,
    channel: CHANNEL,
    dedupeKeys: [keyOf(reader.settings.applicationId, "message", id)],
    at: timeOf(id),
    joined: [senderOf(author, { member })],
    left: [],
  });
}

function happened(happening: Happening): HappeningReading {
  return { kind: "read", happening };
}

function ignored(why: string): HappeningReading {
  return { kind: "ignored", why };
}
