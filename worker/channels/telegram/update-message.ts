/** A Telegram `Message` as far as we read it, and the messages that it refers to. Names are Telegram's. Pure. */
import * as v from "valibot";
import { CONTENT_FIELDS, fileEntries, SERVICE_FIELDS, sharedEntries, wordEntries } from "./update-content.ts";
import { chat, date, integer, origin, user } from "./update-parts.ts";

const named = v.optional(v.unknown());

/** Of a message that another one refers to, words are read; of the rest only what it is. */
const citedEntries = {
  ...v.entriesFromList(SERVICE_FIELDS, named),
  ...v.entriesFromList(CONTENT_FIELDS, named),
  ...wordEntries,
  from: v.optional(user),
  sender_chat: v.optional(chat),
  author_signature: v.optional(v.string()),
} as const;
const cited = v.object({ ...citedEntries, forward_origin: named, via_bot: named });

/** The message with a button that was pressed; one that is inaccessible has only a chat and an id. */
export const pressedMessage = v.object({
  ...citedEntries,
  message_id: integer,
  chat,
  message_thread_id: v.optional(integer),
  is_topic_message: v.optional(v.boolean()),
});

export const message = v.object({
  ...v.entriesFromList(SERVICE_FIELDS, named),
  ...sharedEntries,
  ...fileEntries,
  ...wordEntries,
  message_id: integer,
  date,
  edit_date: v.optional(date),
  chat,
  from: v.optional(user),
  sender_chat: v.optional(chat),
  author_signature: v.optional(v.string()),
  message_thread_id: v.optional(integer),
  is_topic_message: v.optional(v.boolean()),
  is_automatic_forward: v.optional(v.boolean()),
  media_group_id: v.optional(v.string()),
  forward_origin: v.optional(origin),
  via_bot: v.optional(user),
  reply_to_message: v.optional(cited),
  external_reply: v.optional(v.object({ ...citedEntries, origin })),
  reply_to_story: v.optional(v.object({ chat })),
  quote: v.optional(v.object({ text: v.string() })),
  new_chat_members: v.optional(v.array(user)),
  left_chat_member: v.optional(user),
  migrate_to_chat_id: v.optional(integer),
  migrate_from_chat_id: v.optional(integer),
});

export type Message = v.InferOutput<typeof message>;
/** A message that another one refers to. */
export type Cited = v.InferOutput<typeof cited>;
