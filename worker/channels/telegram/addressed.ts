/** Whether a group message is meant for us: a mention, a reply to us, a command with our name; or has our name in it. Pure. */
import { holdsName } from "../text/mention.ts";
import type { Message } from "./update-message.ts";
import type { Entity } from "./update-parts.ts";
import { wordsOf } from "./words.ts";

/** Who we are. The id is part of the token; the names must be asked for and are null when they were not needed. */
export type Bot = {
  readonly id: number;
  readonly username: string | null;
  readonly name: string | null;
};

/** Whether reading this message depends on our names. */
export function needsNames(message: Message, { id }: Pick<Bot, "id">): boolean {
  if (message.chat.type === "private" || wordsOf(message).text.trim() === "") return false;
  // A reply to us counts whatever it mentions; but a command must be told from another bot's.
  return !isForId(message, id) || namedTargets(message).some(({ entity }) => entity.type === "bot_command");
}

/** Whether the sender of a group message meant us. */
export function isAddressed(message: Message, bot: Bot): boolean {
  if (isForId(message, bot.id)) return true;
  const username = bot.username?.toLowerCase();
  return username !== undefined && namedTargets(message).some(({ name }) => name === username);
}

/** Whether the name that people see of us is in the text. It means us or not, as the configuration says. */
export function isNamedIn(message: Message, { name }: Bot): boolean {
  return name !== null && holdsName(wordsOf(message).text, name);
}

/** A reply to one of our messages, or a mention of us by id (users without a username are mentioned so). */
function isForId(message: Message, botId: number): boolean {
  return isReplyTo(message, botId) || wordsOf(message).entities.some(({ user }) => user?.id === botId);
}

function isReplyTo({ reply_to_message: replied, is_automatic_forward }: Message, botId: number): boolean {
  // A channel's post that comes to its discussion group by itself answers nobody there.
  if (!replied || is_automatic_forward) return false;
  // Everything in a topic that answers nothing else "answers" the notice that the topic was created, maybe by us.
  return replied.from?.id === botId && replied.forum_topic_created === undefined;
}

/** The usernames in mentions (`@name`) and commands (`/command@name`), in lower case. */
function namedTargets(message: Message): { readonly entity: Entity; readonly name: string }[] {
  const { text, entities } = wordsOf(message);
  return entities.flatMap((entity) => {
    if (entity.type !== "mention" && entity.type !== "bot_command") return [];
    const named = text.slice(entity.offset, entity.offset + entity.length);
    const at = named.indexOf("@");
    return at < 0 ? [] : [{ entity, name: named.slice(at + 1).toLowerCase() }];
  });
}
