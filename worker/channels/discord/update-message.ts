/** A Discord message as far as we read it, and the messages that it refers to. Names are Discord's. Pure. */
import * as v from "valibot";
import { emoji, hint, integer, listOf, member, snowflake, user } from "./update-parts.ts";

/** Discord's own addresses of files have about 250 characters. */
const URL_MAX = 2_048;

export const attachment = v.object({
  url: v.pipe(v.string(), v.maxLength(URL_MAX), v.url()),
  filename: hint(v.string()),
  content_type: hint(v.string()),
  size: hint(v.pipe(integer, v.minValue(0))),
  duration_secs: hint(v.pipe(v.number(), v.finite(), v.minValue(0))),
});

const pollWords = v.object({ text: hint(v.string()), emoji: hint(emoji) });
const poll = v.object({ question: pollWords, answers: listOf(v.object({ poll_media: pollWords })) });

const wordEntries = {
  content: v.fallback(v.string(), ""),
  mentions: listOf(user),
  attachments: listOf(attachment),
  sticker_items: listOf(v.object({ name: v.string() })),
  poll: hint(poll),
  embeds: listOf(v.object({ title: hint(v.string()), description: hint(v.string()) })),
  flags: hint(integer),
} as const;

/** What is told of a forwarded message: its words and files, and not who wrote it. */
const snapshot = v.object({ message: v.object({ ...wordEntries, timestamp: hint(v.string()) }) });

/** The message with a button that was pressed may have no more than an id. */
const citedEntries = {
  ...wordEntries,
  author: hint(user),
  message_snapshots: listOf(snapshot),
} as const;
export const cited = v.object(citedEntries);
export const pressedMessage = v.object({ ...citedEntries, id: snowflake });

/** Who wrote it and where decides who hears it: what of that is unreadable makes the message unreadable. */
export const message = v.object({
  ...citedEntries,
  id: snowflake,
  type: integer,
  channel_id: snowflake,
  channel_type: v.nullish(integer),
  guild_id: v.nullish(snowflake),
  author: user,
  member: hint(member),
  webhook_id: v.nullish(snowflake),
  edited_timestamp: hint(v.string()),
  mention_roles: listOf(snowflake),
  referenced_message: hint(cited),
});

export type AttachmentRef = v.InferOutput<typeof attachment>;
export type Message = v.InferOutput<typeof message>;
/** A message that another one, or somebody's call, refers to. */
export type Cited = v.InferOutput<typeof cited>;
export type Worded = Omit<Cited, "author" | "message_snapshots">;
