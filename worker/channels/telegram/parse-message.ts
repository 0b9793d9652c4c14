/** A checked Telegram message becomes an `Inbound`, or the reason why it is none. Pure. */
import { assert } from "../../../protocol/assert.ts";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { isInboundId } from "../../../protocol/ids.ts";
import type { Assembly, Command, Inbound, Sender } from "../../../protocol/inbound.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { parseCommand, parseStopWord } from "../text/command.ts";
import { cutText } from "../text/cut.ts";
import { type Bot, isAddressed, isNamedIn } from "./addressed.ts";
import { attachmentsOf } from "./attachments.ts";
import { accountOf, type Source, updateKey } from "./dedupe-keys.ts";
import { CHANNEL, chatAt, type Place, placeIn } from "./place.ts";
import { forwardedOf, quotedOf } from "./quoted.ts";
import { senderOf } from "./sender.ts";
import { sharedOf } from "./shared.ts";
import { SERVICE_FIELDS } from "./update-content.ts";
import type { Message } from "./update-message.ts";
import { label, wordsOf } from "./words.ts";

const CUT_MARK = "… (cut)";
/** "Bot features: commands": in groups a command can name the bot that it is for. */
const COMMAND_FOR = /^(\/\w{1,32})@(\w{1,64})/u;
/** Telegram's apps cut a text that is too long for one message at 4096 units, or at a space a little before. */
const LONG_TEXT_MIN = 4_000;

/** Reads a message that somebody wrote; the error says why there is nothing to read. */
export function readMessage(message: Message, source: Source): Result<Inbound, string> {
  const service = SERVICE_FIELDS.find((field) => message[field] !== undefined);
  if (service !== undefined) return err(`a service message: ${service}`);
  const place = placeIn(message.chat, message);
  if (!place.ok) return place;
  // "Message": 0 until a message is really sent, and then it comes again.
  if (message.message_id === 0) return err("a message without an id");
  if (message.from?.id === source.bot.id) return err("sent by ourselves");
  const sender = senderOf(message);
  if (!sender) return err("no sender");
  const inbound = toInbound(message, place.value, sender, source);
  const isEmpty = inbound.text.trim() === "" && inbound.attachments.length === 0 && !inbound.shared;
  return isEmpty ? err("no text, no file and nothing shared") : ok(inbound);
}

function toInbound(message: Message, place: Place, sender: Sender, source: Source): Inbound {
  const { bot } = source;
  const account = accountOf(bot);
  const id = `${account}:${message.message_id}`;
  assert(isInboundId(id), "a message id is an integer");
  const text = cutText(wordsOf(message).text, INBOUND_BOUNDS.textMax + CUT_MARK.length, CUT_MARK);
  const quoted = quotedOf(message, bot.id);
  const forwarded = forwardedOf(message);
  const addressed = isAddressed(message, bot);
  const command = commandIn(message, text, bot);
  const attachments = attachmentsOf(message);
  const shared = sharedOf(message);
  const isPlain = message.text !== undefined && !forwarded;
  const assembly = command ? null : (albumOf(message) ?? (isPlain ? piecesOf(text, sender) : null));
  return {
    id,
    // The delivery is repeated with the same update id; the same message can come under a new one.
    dedupeKeys: [updateKey(source), `${account}:message:${place.chatId}:${message.message_id}`],
    session: place.session,
    channel: CHANNEL,
    chat: chatAt(place, { addressed, named: isNamedIn(message, bot) }),
    sender,
    text,
    ...(command && { command }),
    ...(quoted && { quoted }),
    attachments,
    ...(shared.length > 0 && { shared }),
    ...(forwarded && { forwarded }),
    ...(assembly && { assembly }),
    replyTo: { ...place.address, messageId: String(message.message_id) },
    sentAt: message.date * 1000,
  };
}

function albumOf({ media_group_id: id }: Message): Assembly | null {
  return id === undefined ? null : { key: `album:${label(id)}`, waitMs: INBOUND_BOUNDS.albumWaitMs };
}

/** A short text can be the end of a long one; only a long one is waited for to go on. */
function piecesOf({ length }: string, sender: Sender): Assembly {
  return { key: `text:${sender.id}`, waitMs: length >= LONG_TEXT_MIN ? INBOUND_BOUNDS.textPiecesWaitMs : 0 };
}

/** What we are told to do. Somebody else's words command nothing. */
function commandIn(message: Message, text: string, bot: Bot): Command | null {
  if (message.forward_origin || message.via_bot) return null;
  const isDirect = message.chat.type === "private";
  return commandOf(text, isDirect, bot) ?? (isDirect || isAddressed(message, bot) ? stopIn(message) : null);
}

/** A word that stops us does so by itself only, and only if it is said to us. */
function stopIn({ text }: Message): Command | null {
  return text === undefined ? null : parseStopWord(text);
}

/** In a private chat every command is ours; in a group one that names another bot is not. */
function commandOf(text: string, isDirect: boolean, bot: Bot): Command | null {
  const [whole, name, suffix] = COMMAND_FOR.exec(text) ?? [];
  if (whole === undefined || name === undefined) return parseCommand(text);
  const isOurs = isDirect || suffix?.toLowerCase() === bot.username?.toLowerCase();
  return isOurs ? parseCommand(name + text.slice(whole.length)) : null;
}
