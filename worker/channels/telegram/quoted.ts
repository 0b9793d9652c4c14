/** What a Telegram message refers to: the message that it answers, or the one that it forwards. Pure. */
import type { Forwarded, Quoted } from "../../../protocol/inbound.ts";
import { cutText } from "../text/cut.ts";
import { authorOf, chatName, originName, userName } from "./sender.ts";
import { CONTENT_FIELDS, SERVICE_FIELDS } from "./update-content.ts";
import type { Cited, Message } from "./update-message.ts";
import { wordsOf } from "./words.ts";

/** Most of a quoted message that is kept, in UTF-16 units: enough to know what is meant. */
const QUOTED_MAX = 2_000;

/** The message that is answered, or the part of it that was picked. `botId` is ours. */
export function quotedOf(message: Message, botId: number): Quoted | null {
  const { quote, reply_to_message: replied, external_reply: external, reply_to_story: story } = message;
  // In a topic everything that answers nothing else "answers" the notice that the topic was created.
  if (replied?.forum_topic_created !== undefined) return null;
  if (replied) return quoteOf(replied, quote?.text, [botId, message.from?.id]);
  // A message in another chat: Telegram tells who wrote it, what it is, and no word of it that was not picked.
  if (external) {
    return toQuoted(originName(external.origin), quote?.text ?? (whatIs(external) || "(message)"));
  }
  return story ? toQuoted(chatName(story.chat), "(story)") : null;
}

function quoteOf(replied: Cited, picked: string | undefined, owners: readonly (number | undefined)[]): Quoted | null {
  const quoted = picked === undefined ? quoteWhole(replied) : toQuoted(authorOf(replied), picked);
  return quoted && isOwn(replied, owners) ? { ...quoted, isOwn: true } : quoted;
}

/** All of a message that is referred to; null if Telegram does not tell what it is. */
export function quoteWhole(cited: Cited): Quoted | null {
  return toQuoted(authorOf(cited), whatIs(cited));
}

/** Who wrote a forwarded message first. So is one that an inline bot wrote: its sender has picked it, perhaps unread. */
export function forwardedOf(message: Message): Forwarded | null {
  const { forward_origin: origin, via_bot: viaBot, date } = message;
  if (origin) return { from: originName(origin), sentAt: origin.date * 1000 };
  return viaBot ? { from: userName(viaBot), sentAt: date * 1000 } : null;
}

/** Whether one of these wrote it themselves: not forwarded it, and not let another bot or a chat speak. */
function isOwn(cited: Cited, authors: readonly (number | undefined)[]): boolean {
  const { from, sender_chat: senderChat, forward_origin: origin, via_bot: viaBot } = cited;
  if (from === undefined || senderChat !== undefined || origin !== undefined || viaBot !== undefined) return false;
  return authors.includes(from.id);
}

/** The words of a message; without words the name of what it is, in brackets. */
function whatIs(cited: Cited): string {
  if (cited.poll) return `(poll: ${cited.poll.question})`;
  const { text } = wordsOf(cited);
  if (text.trim() !== "") return text;
  const field = [...CONTENT_FIELDS, ...SERVICE_FIELDS].find((name) => cited[name] !== undefined);
  return field === undefined ? "" : `(${field.replaceAll("_", " ")})`;
}

function toQuoted(sender: string, text: string): Quoted | null {
  return text.trim() === "" ? null : { sender, text: cutText(text, QUOTED_MAX) };
}
