/** A Discord message of the Gateway becomes an `Inbound`, or the reason why it is none. Pure. */
import type { Command, Inbound, Sender } from "../../../protocol/inbound.ts";
import { parseCommand, parseStopWord } from "../text/command.ts";
import { isAddressed, isNamedIn, marksOf } from "./addressed.ts";
import { attachmentsOf } from "./attachments.ts";
import { inboundIdOf, keyOf } from "./dedupe-keys.ts";
import type { GatewayWorld } from "./dispatch.ts";
import { CHANNEL, chatAt, isTextChannel, type Located, placeOfEvent, threadBegunAt } from "./place.ts";
import { forwardedOf, quotedOf } from "./quoted.ts";
import { senderOf } from "./sender.ts";
import type { DiscordSettings } from "./settings.ts";
import { sharedOf } from "./shared.ts";
import type { Message } from "./update-message.ts";
import { timeOf } from "./update-parts.ts";
import { bounded, readable, withoutAddress } from "./words.ts";

/** "Message Types": those that somebody writes. */
const WRITTEN: ReadonlySet<number> = new Set([0, 19]);

/** "Message Flags": an answer to a call that only whoever called sees. In a server it comes without the server's id. */
const IS_EPHEMERAL = 1 << 6;

/** What must be known to read an event. */
export type Reader = {
  readonly world: GatewayWorld;
  readonly settings: Pick<DiscordSettings, "applicationId" | "replyIn">;
};

export type MessageReading =
  | { readonly kind: "read"; readonly inbound: Inbound }
  | { readonly kind: "ignored"; readonly why: string }
  | { readonly kind: "unknown_thread"; readonly channelId: string };

/** Whether we wrote it, or what somebody called us for. */
export function isOwn({ author, webhook_id: webhookId }: Pick<Message, "author" | "webhook_id">, reader: Reader) {
  return author.id === reader.world.self.userId || webhookId === reader.settings.applicationId;
}

/** Reads a message that somebody wrote. */
export function readMessage(message: Message, reader: Reader): MessageReading {
  if (!WRITTEN.has(message.type)) return ignored(`a message of the type ${message.type}`);
  if (isOwn(message, reader)) return ignored("sent by ourselves");
  if (((message.flags ?? 0) & IS_EPHEMERAL) !== 0) return ignored("an answer to somebody's call");
  const content = contentOf(message, reader);
  if (content.text.trim() === "" && content.attachments.length + content.shared.length === 0) {
    // Nobody can send such a message, so something was left out.
    const why = message.guild_id ? ": only with MESSAGE_CONTENT we are told what is not meant for us" : "";
    return ignored(`no text, no file and nothing shared${why}`);
  }
  const located = placeOfEvent(message, message.author.id, reader.world);
  if (!located.ok) return { kind: "unknown_thread", channelId: located.error.unknownThread };
  return { kind: "read", inbound: toInbound(message, content, located.value, reader) };
}

type Content = Pick<Inbound, "text" | "attachments" | "forwarded"> & {
  readonly shared: NonNullable<Inbound["shared"]>;
};

function contentOf(message: Message, reader: Reader): Content {
  const forward = forwardedOf(message);
  const words = forward?.words ?? message;
  const attachments = attachmentsOf(words);
  const shared = sharedOf(words);
  const text = forward ? readable(words.content, words.mentions) : textOf(message, reader);
  // Who only calls us means something by it.
  const isCall = text.trim() === "" && attachments.length + shared.length === 0;
  return {
    text: bounded(isCall ? readable(words.content, words.mentions) : text),
    attachments,
    shared,
    ...(forward && { forwarded: forward.forwarded }),
  };
}

function textOf(message: Message, { world }: Reader): string {
  return readable(withoutAddress(message.content, marksOf(message, world)), message.mentions);
}

function toInbound(message: Message, content: Content, { place, isOurThread }: Located, reader: Reader): Inbound {
  const { world, settings } = reader;
  const { applicationId } = settings;
  const { id } = message;
  const { text, attachments, shared, forwarded } = content;
  const addressed = isOurThread || isAddressed(message, world);
  const beginsThread = settings.replyIn === "thread" && addressed && isTextChannel(message);
  const where = beginsThread ? threadBegunAt(message, id) : place;
  const command = forwarded ? null : commandIn(content, addressed || place.kind === "direct");
  const quoted = quotedOf(message, world.self.userId);
  return {
    id: inboundIdOf(applicationId, id),
    dedupeKeys: [keyOf(applicationId, "message", id)],
    session: where.session,
    channel: CHANNEL,
    chat: chatAt(where, { addressed, isNamed: isNamedIn(text, world.self) }),
    sender: authorOf(message),
    text,
    ...(command && { command }),
    ...(quoted && { quoted }),
    attachments,
    ...(shared.length > 0 && { shared }),
    ...(forwarded && { forwarded }),
    // Of a thread that it begins it has the id too: whoever answers knows by that that it is in the channel.
    replyTo: { ...where.address, messageId: id },
    sentAt: timeOf(id),
  };
}

/** Whoever writes through a webhook is no person that we know. */
function authorOf({ author, member, webhook_id: webhookId }: Message): Sender {
  const sender = senderOf(author, { member });
  return webhookId ? { ...sender, isBot: true } : sender;
}

/** A word that stops us does so by itself only, and only if it is said to us. */
function commandIn({ text, attachments }: Content, isForUs: boolean): Command | null {
  return parseCommand(text) ?? (isForUs && attachments.length === 0 ? parseStopWord(text) : null);
}

function ignored(why: string): MessageReading {
  return { kind: "ignored", why };
}
