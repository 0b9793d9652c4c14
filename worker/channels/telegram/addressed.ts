/** Whether a group message is meant for us: a mention, a reply to us, a command with our name. Pure. */
import type { Entity, Message } from "./update.ts";

/** Who we are. The id is part of the token; the username must be asked for and is null when it was not needed. */
export type Bot = { readonly id: number; readonly username: string | null };

/** Whether `isAddressed` depends on our username for this message. */
export function needsUsername(message: Message, botId: number): boolean {
  if (message.chat.type === "private") return false;
  const named = namedTargets(message);
  // A reply to us counts whatever it mentions; but a command must be told from another bot's.
  return named.some(({ entity }) => entity.type === "bot_command") || (named.length > 0 && !isForId(message, botId));
}

/** Whether the sender of a group message meant us. */
export function isAddressed(message: Message, bot: Bot): boolean {
  if (isForId(message, bot.id)) return true;
  const username = bot.username?.toLowerCase();
  return username !== undefined && namedTargets(message).some(({ name }) => name === username);
}

/** A reply to one of our messages, or a mention of us by id (users without a username are mentioned so). */
function isForId(message: Message, botId: number): boolean {
  const replied = message.reply_to_message;
  // Everything in a topic that answers nothing else "answers" the notice that the topic was created, maybe by us.
  if (replied?.from?.id === botId && replied.forum_topic_created === undefined) return true;
  return entitiesOf(message).some((entity) => entity.type === "text_mention" && entity.user?.id === botId);
}

/** The usernames in mentions (`@name`) and commands (`/command@name`), in lower case. */
function namedTargets(message: Message): { readonly entity: Entity; readonly name: string }[] {
  const text = message.text ?? message.caption ?? "";
  return entitiesOf(message).flatMap((entity) => {
    if (entity.type !== "mention" && entity.type !== "bot_command") return [];
    const named = text.slice(entity.offset, entity.offset + entity.length);
    const at = named.indexOf("@");
    return at < 0 ? [] : [{ entity, name: named.slice(at + 1).toLowerCase() }];
  });
}

function entitiesOf(message: Message): readonly Entity[] {
  return (message.text === undefined ? message.caption_entities : message.entities) ?? [];
}
