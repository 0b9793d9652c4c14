/** A checked Telegram update becomes one `Inbound`, or the reason why it is of no interest. Pure. */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { isInboundId } from "../../../protocol/ids.ts";
import type { Chat, Command, Inbound, Quoted } from "../../../protocol/inbound.ts";
import { assert } from "../../../protocol/assert.ts";
import { formatSessionKey, type ThreadRef } from "../../../protocol/session-key.ts";
import type { Intake } from "../channel.ts";
import { parseCommand } from "../text/command.ts";
import { cutText } from "../text/cut.ts";
import { isAddressed, type Bot } from "./addressed.ts";
import { attachmentsOf } from "./attachments.ts";
import type { DecodedUpdate, Message, User } from "./update.ts";

/** A verified update, and who we are; `bot.username` is null when nothing in the update depends on it. */
export type TelegramUpdate = { readonly update: DecodedUpdate; readonly bot: Bot };

const AGENT = "main";
const CHANNEL = "telegram";
/** Most of a quoted message that is kept, in UTF-16 units: enough to know what is meant. */
const QUOTED_MAX = 2_000;
const CUT_MARK = "… (cut)";
/** "Bot features: commands": in groups a command can name the bot that it is for. */
const COMMAND_FOR = /^(\/\w{1,32})@(\w{1,64})/u;

/** What a verified update asks for. */
export function parseUpdate({ update, bot }: TelegramUpdate): Intake {
  if (update.kind === "other") return { kind: "ignore", why: `${update.name} is not handled` };
  const { message } = update;
  const why = reasonToIgnore(message);
  if (why !== null || !message.from) return { kind: "ignore", why: why ?? "no sender" };
  return { kind: "messages", messages: [toInbound(update.updateId, message, message.from, bot)] };
}

function reasonToIgnore(message: Message): string | null {
  if (!["private", "group", "supergroup"].includes(message.chat.type)) return "not a private chat or a group";
  if (message.sender_chat) return "sent in the name of a chat";
  if (!message.from) return "no sender";
  if (message.from.is_bot) return "sent by a bot";
  return textOf(message).trim() === "" ? "no text and no caption" : null;
}

function toInbound(updateId: number, message: Message, from: User, bot: Bot): Inbound {
  const chat = chatOf(message, bot);
  const { kind: chatKind, id: chatId, thread } = chat;
  const place = { channel: CHANNEL, chatKind, chatId, ...(thread && { thread }) } as const;
  // Each bot counts its updates and its private messages by itself, so all names hold the bot's id.
  const account = `${CHANNEL}:${bot.id}`;
  const id = `${account}:${message.message_id}`;
  assert(isInboundId(id), "a message id is an integer");
  const text = cutText(textOf(message), INBOUND_BOUNDS.textMax + CUT_MARK.length, CUT_MARK);
  const command = commandOf(text, chatKind === "direct", bot);
  const quoted = quotedOf(message);
  return {
    id,
    // The delivery is repeated with the same update id; the same message can come under a new one.
    dedupeKeys: [`${account}:update:${updateId}`, `${account}:message:${chatId}:${message.message_id}`],
    session: formatSessionKey({ agent: AGENT, ...place }),
    channel: CHANNEL,
    chat,
    sender: { id: String(from.id), name: nameOf(from), ...(from.username && { username: label(from.username) }) },
    text,
    ...(command && { command }),
    ...(quoted && { quoted }),
    attachments: attachmentsOf(message),
    replyTo: { ...place, messageId: String(message.message_id) },
    sentAt: message.date * 1000,
  };
}

function chatOf(message: Message, bot: Bot): Chat {
  const thread = threadOf(message);
  const id = String(message.chat.id);
  if (message.chat.type === "private") return { kind: "direct", id, ...(thread && { thread }) };
  const { title } = message.chat;
  const addressed = isAddressed(message, bot);
  return { kind: "group", id, ...(title && { title: label(title) }), ...(thread && { thread }), addressed };
}

/** Plain groups put a thread id on replies too; only `is_topic_message` says that it is a topic. */
function threadOf({ is_topic_message, message_thread_id }: Message): ThreadRef | null {
  if (!is_topic_message || message_thread_id === undefined) return null;
  return { kind: "topic", id: String(message_thread_id) };
}

function textOf(message: Message): string {
  return message.text ?? message.caption ?? "";
}

/** In a private chat every command is ours; in a group one that names another bot is not. */
function commandOf(text: string, isDirect: boolean, bot: Bot): Command | null {
  const [whole, name, suffix] = COMMAND_FOR.exec(text) ?? [];
  if (whole === undefined || name === undefined) return parseCommand(text);
  const isOurs = isDirect || suffix?.toLowerCase() === bot.username?.toLowerCase();
  return isOurs ? parseCommand(name + text.slice(whole.length)) : null;
}

function quotedOf({ reply_to_message: replied, quote }: Message): Quoted | null {
  const text = quote?.text ?? replied?.text ?? replied?.caption ?? "";
  if (!replied || text.trim() === "") return null;
  const sender = replied.from ? nameOf(replied.from) : label(replied.sender_chat?.title ?? "");
  return { sender, text: cutText(text, QUOTED_MAX) };
}

function nameOf(user: User): string {
  return label([user.first_name, user.last_name ?? ""].join(" ").trim() || (user.username ?? String(user.id)));
}

function label(text: string): string {
  return cutText(text, INBOUND_BOUNDS.labelMax);
}
