/** Methods that change what is there: edits, removals, reactions, answers to presses. */
import { isInvisible } from "../../../../protocol/visible-text.ts";
import { badRequest } from "../failure.ts";
import { withKeyboard } from "../keyboard.ts";
import { type ChatMessage, type Content, toWire } from "../message.ts";
import { messageOf, textOf } from "../parameters.ts";
import { REACTIONS } from "../reactions.ts";
import type { Params } from "../request.ts";
import { richMessageOf } from "../rich.ts";
import { fieldsOf, stringOf } from "../values.ts";
import type { Method, World } from "../world.ts";

/** "deleteMessage": sent less than 48 hours ago. */
const DELETE_S = 172_800;
const SAME =
  "message is not modified: specified new message content and reply markup are exactly the same as a current content " +
  "and reply markup of the message";

const editMessageText: Method = (params, world) => {
  const content = newContent(params, world);
  const message = ownMessage(params, world);
  const { text: _text, entities: _entities, rich_message: _rich, reply_markup: _markup, ...rest } = message;
  if (message.text === undefined && !message.rich_message) throw badRequest("there is no text in the message to edit");
  return change(world, message, { ...rest, ...content, ...withKeyboard(params["reply_markup"]) });
};

const editMessageReplyMarkup: Method = (params, world) => {
  const message = ownMessage(params, world);
  const { reply_markup: _markup, ...rest } = message;
  return change(world, message, { ...rest, ...withKeyboard(params["reply_markup"]) });
};

const deleteMessage: Method = (params, world) => {
  const { chats, me } = world;
  const chat = chats.open(params["chat_id"]);
  const message = messageOf(params, chat.id, world, "delete");
  const isAllowed = message.from.id === me.id || chat.type === "private";
  if (!isAllowed || chats.date - message.date >= DELETE_S) throw badRequest("message can't be deleted");
  chats.remove(message);
  return true;
};

const setMessageReaction: Method = (params, world) => {
  const reactions: readonly unknown[] = Array.isArray(params["reaction"]) ? params["reaction"] : [];
  const chat = world.chats.open(params["chat_id"]);
  const { message_id: messageId } = messageOf(params, chat.id, world, "react");
  const emojis = reactions.map((reaction) => {
    const emoji = stringOf(fieldsOf(reaction)["emoji"]);
    if (REACTIONS.has(emoji)) return emoji;
    throw badRequest("REACTION_INVALID");
  });
  if (emojis.length > 1) throw badRequest("REACTIONS_TOO_MANY");
  world.chats.react(chat.id, messageId, world.me.id, emojis);
  return true;
};

const answerCallbackQuery: Method = (params, { presses }) => {
  const text = stringOf(params["text"]);
  presses.answer(params["callback_query_id"], { text, isAlert: params["show_alert"] === true });
  return true;
};

function newContent(params: Params, { knowsRichMessages }: World): Content {
  if (knowsRichMessages && params["rich_message"] !== undefined) {
    if (params["text"] !== undefined) throw badRequest("exactly one of text and rich_message must be used");
    return { rich_message: richMessageOf(params["rich_message"]) };
  }
  const { text, entities } = textOf(params);
  if (text === "") throw badRequest("message text is empty");
  if (isInvisible(text)) throw badRequest("text must be non-empty");
  return { text, ...(entities.length > 0 && { entities }) };
}

function ownMessage(params: Params, world: World): ChatMessage {
  if (params["chat_id"] === undefined || params["message_id"] === undefined) {
    throw badRequest("message identifier is not specified");
  }
  const chat = world.chats.open(params["chat_id"]);
  const message = messageOf(params, chat.id, world, "edit");
  if (message.from.id !== world.me.id) throw badRequest("message can't be edited");
  return message;
}

function change({ chats }: World, before: ChatMessage, after: ChatMessage): object {
  const shown = ({ text, entities, rich_message: rich, reply_markup: markup }: ChatMessage) =>
    JSON.stringify([text, entities ?? [], rich, markup]);
  if (shown(before) === shown(after)) throw badRequest(SAME);
  return toWire(chats.replace({ ...after, edit_date: chats.date }));
}

export const EDIT_METHODS: Readonly<Record<string, Method>> = {
  editMessageText,
  editMessageReplyMarkup,
  deleteMessage,
  setMessageReaction,
  answerCallbackQuery,
};
