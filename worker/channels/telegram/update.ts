/** The fields of a Telegram `Update` that we read, checked before anything looks at them. Names are Telegram's. Pure. */
import type { Update } from "@grammyjs/types";
import * as v from "valibot";
import { err, ok, type Result } from "../../../protocol/result.ts";

const integer = v.pipe(v.number(), v.safeInteger());
const count = v.pipe(integer, v.minValue(0));

/**
 * A Unix time in seconds. One that no message can have is moved to the next that one could: calling it malformed would
 * make Telegram repeat the update for days, and letting it in would break whoever formats it.
 */
const DATE_MIN_S = Date.UTC(2000, 0) / 1000;
const DATE_MAX_S = Date.UTC(2100, 0) / 1000;
const date = v.pipe(
  v.number(),
  v.transform((seconds) => Math.trunc(Math.min(DATE_MAX_S, Math.max(DATE_MIN_S, seconds)))),
);

const user = v.object({
  id: integer,
  is_bot: v.boolean(),
  first_name: v.string(),
  last_name: v.optional(v.string()),
  username: v.optional(v.string()),
});

/** Offsets count UTF-16 units, as JavaScript's strings do. */
const entity = v.object({
  type: v.string(),
  offset: count,
  length: count,
  user: v.optional(v.object({ id: integer })),
});

const file = v.object({
  file_id: v.string(),
  file_name: v.optional(v.string()),
  mime_type: v.optional(v.string()),
  file_size: v.optional(count),
});

const message = v.object({
  message_id: integer,
  date,
  chat: v.object({ id: integer, type: v.string(), title: v.optional(v.string()) }),
  from: v.optional(user),
  sender_chat: v.optional(v.object({ id: integer })),
  message_thread_id: v.optional(integer),
  is_topic_message: v.optional(v.boolean()),
  text: v.optional(v.string()),
  entities: v.optional(v.array(entity)),
  caption: v.optional(v.string()),
  caption_entities: v.optional(v.array(entity)),
  reply_to_message: v.optional(
    v.object({
      from: v.optional(user),
      sender_chat: v.optional(v.object({ title: v.optional(v.string()) })),
      text: v.optional(v.string()),
      caption: v.optional(v.string()),
      forum_topic_created: v.optional(v.unknown()),
    }),
  ),
  quote: v.optional(v.object({ text: v.string() })),
  /** The same picture in several sizes, the largest last. */
  photo: v.optional(v.array(file)),
  animation: v.optional(file),
  audio: v.optional(file),
  document: v.optional(file),
  sticker: v.optional(file),
  video: v.optional(file),
  video_note: v.optional(file),
  voice: v.optional(file),
});

export type Message = v.InferOutput<typeof message>;
export type Entity = v.InferOutput<typeof entity>;
export type User = v.InferOutput<typeof user>;
export type FileRef = v.InferOutput<typeof file>;

/** A checked update: a new message, or something else that is named only for the log. */
export type DecodedUpdate = { readonly updateId: number } & (
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "other"; readonly name: string }
);

/** Kinds of Bot API 10.1. A kind that is not listed may have any form: it is newer than this list. */
const KNOWN_KINDS: ReadonlySet<string> = new Set([
  "message",
  "edited_message",
  "channel_post",
  "edited_channel_post",
  "business_connection",
  "business_message",
  "edited_business_message",
  "deleted_business_messages",
  "guest_message",
  "message_reaction",
  "message_reaction_count",
  "inline_query",
  "chosen_inline_result",
  "callback_query",
  "shipping_query",
  "pre_checkout_query",
  "purchased_paid_media",
  "poll",
  "poll_answer",
  "my_chat_member",
  "chat_member",
  "chat_join_request",
  "chat_boost",
  "removed_chat_boost",
  "managed_bot",
] satisfies (keyof Update)[]);

const envelope = v.looseObject({ update_id: count });

/** Checks a parsed body. The error names the place that is wrong, never its value. */
export function decodeUpdate(json: unknown): Result<DecodedUpdate, string> {
  const outer = v.safeParse(envelope, json);
  if (!outer.success) return err(problem(outer.issues[0]));
  const { update_id: updateId, ...kinds } = outer.output;
  for (const [kind, value] of Object.entries(kinds)) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (KNOWN_KINDS.has(kind) && !isObject) return err(`${kind}: not an object`);
  }
  if (!("message" in kinds)) return ok({ updateId, kind: "other", name: nameOf(Object.keys(kinds)) });
  const inner = v.safeParse(message, kinds["message"]);
  if (!inner.success) return err(`message.${problem(inner.issues[0])}`);
  return ok({ updateId, kind: "message", message: inner.output });
}

function problem(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? "body"}: not ${issue.expected ?? issue.type}`;
}

/** The kind for the log; names that we do not know are not repeated there. */
function nameOf(kinds: readonly string[]): string {
  return kinds.find((kind) => KNOWN_KINDS.has(kind)) ?? "unknown kind";
}
