/** Methods that write: texts, rich messages, their drafts, "typing". */
import { isInvisible } from "../../../../protocol/visible-text.ts";
import { ApiFailure, badRequest } from "../failure.ts";
import { withKeyboard } from "../keyboard.ts";
import { toWire } from "../message.ts";
import { placeOf, textOf } from "../parameters.ts";
import type { Params } from "../request.ts";
import { richMessageOf } from "../rich.ts";
import { plainText } from "../rich-model.ts";
import type { Method, World } from "../world.ts";

const INT32_MAX = 2 ** 31 - 1;
const ACTIONS: ReadonlySet<unknown> = new Set([
  "typing",
  "upload_photo",
  "record_video",
  "upload_video",
  "record_voice",
  "upload_voice",
  "upload_document",
  "choose_sticker",
  "find_location",
  "record_video_note",
  "upload_video_note",
]);

const sendMessage: Method = (params, world) => {
  const chat = world.chats.open(params["chat_id"]);
  const { text, entities } = textOf(params);
  if (text === "") throw badRequest("message text is empty");
  if (isInvisible(text)) throw badRequest("text must be non-empty");
  const content = {
    text,
    ...(entities.length > 0 && { entities }),
    ...placeOf(params, chat, world),
    ...withKeyboard(params["reply_markup"]),
  };
  return toWire(world.chats.add(chat.id, world.me, content));
};

const sendRichMessage: Method = (params, world) => {
  refuseUnlessKnown(world);
  const chat = world.chats.open(params["chat_id"]);
  const content = {
    rich_message: richMessageOf(params["rich_message"]),
    ...placeOf(params, chat, world),
    ...withKeyboard(params["reply_markup"]),
  };
  return toWire(world.chats.add(chat.id, world.me, content));
};

const sendMessageDraft: Method = (params, world) => {
  const { chatId, draftId } = draftOf(params, world);
  world.chats.draft(chatId, draftId, textOf(params));
  return true;
};

const sendRichMessageDraft: Method = (params, world) => {
  refuseUnlessKnown(world);
  const { chatId, draftId } = draftOf(params, world);
  const rich = richMessageOf(params["rich_message"], true);
  world.chats.draft(chatId, draftId, { text: plainText(rich.blocks), entities: [], rich });
  return true;
};

const sendChatAction: Method = (params, { chats }) => {
  const chat = chats.open(params["chat_id"]);
  if (!ACTIONS.has(params["action"])) throw badRequest("wrong parameter action in request");
  if (chat.type === "channel") throw badRequest("chat action can't be sent to channels");
  chats.type(chat.id);
  return true;
};

function draftOf(params: Params, { chats }: World): { readonly chatId: number; readonly draftId: number } {
  const chat = chats.open(params["chat_id"]);
  const draftId = params["draft_id"];
  if (chat.type !== "private") throw badRequest("drafts can be sent to private chats only");
  if (typeof draftId !== "number" || draftId === 0 || Math.abs(draftId) > INT32_MAX) throw badRequest("wrong draft_id");
  return { chatId: chat.id, draftId };
}

function refuseUnlessKnown({ knowsRichMessages }: World): void {
  if (!knowsRichMessages) throw new ApiFailure(404, "Not Found: method not found");
}

export const MESSAGE_METHODS: Readonly<Record<string, Method>> = {
  sendMessage,
  sendRichMessage,
  sendMessageDraft,
  sendRichMessageDraft,
  sendChatAction,
};
