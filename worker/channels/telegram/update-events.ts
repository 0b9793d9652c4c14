/** Telegram updates that are no message: presses of buttons, reactions, who is in a chat. Names are Telegram's. Pure. */
import * as v from "valibot";
import { pressedMessage } from "./update-message.ts";
import { chat, date, integer, opaqueId, user } from "./update-parts.ts";

export const callbackQuery = v.object({
  id: opaqueId,
  from: user,
  message: v.optional(pressedMessage),
  data: v.optional(v.string()),
});

/** "ReactionType": its name, and its emoji if it has one. */
const reaction = v.object({ type: v.string(), emoji: v.optional(v.string()) });

export const messageReaction = v.object({
  chat,
  message_id: integer,
  user: v.optional(user),
  actor_chat: v.optional(chat),
  date,
  old_reaction: v.array(reaction),
  new_reaction: v.array(reaction),
});

const member = v.object({ user, status: v.string(), is_member: v.optional(v.boolean()) });

export const memberChange = v.object({ chat, from: user, date, old_chat_member: member, new_chat_member: member });

export type CallbackQuery = v.InferOutput<typeof callbackQuery>;
export type MessageReaction = v.InferOutput<typeof messageReaction>;
export type Reaction = v.InferOutput<typeof reaction>;
export type MemberChange = v.InferOutput<typeof memberChange>;
export type Member = v.InferOutput<typeof member>;
