/** The parts that Telegram's objects have in common, checked. Names are Telegram's. Pure. */
import * as v from "valibot";

export const integer = v.pipe(v.number(), v.safeInteger());
export const count = v.pipe(integer, v.minValue(0));

/** Most of an id that we hand back to Telegram as it is. Its own have about 20 characters. */
const ID_MAX = 100;
/** An id that becomes part of ours, where controls are not allowed. */
export const opaqueId = v.pipe(v.string(), v.minLength(1), v.maxLength(ID_MAX), v.regex(/^\P{Cc}*$/u));

/**
 * A Unix time in seconds. One that no message can have is moved to the next that one could: calling it malformed would
 * make Telegram repeat the update for days, and letting it in would break whoever formats it.
 */
const DATE_MIN_S = Date.UTC(2000, 0) / 1000;
const DATE_MAX_S = Date.UTC(2100, 0) / 1000;
export const date = v.pipe(
  v.number(),
  v.transform((seconds) => Math.trunc(Math.min(DATE_MAX_S, Math.max(DATE_MIN_S, seconds)))),
);

export const user = v.object({
  id: integer,
  is_bot: v.boolean(),
  first_name: v.string(),
  last_name: v.optional(v.string()),
  username: v.optional(v.string()),
  language_code: v.optional(v.string()),
});

export const chat = v.object({
  id: integer,
  type: v.string(),
  title: v.optional(v.string()),
  username: v.optional(v.string()),
  is_forum: v.optional(v.boolean()),
  is_direct_messages: v.optional(v.boolean()),
});

/** Offsets count UTF-16 units, as JavaScript's strings do. */
export const entity = v.object({
  type: v.string(),
  offset: count,
  length: count,
  user: v.optional(v.object({ id: integer })),
});

/** "MessageOrigin": one of four, told apart by the fields that they have. One of a later kind names nobody. */
export const origin = v.object({
  date,
  sender_user: v.optional(user),
  sender_user_name: v.optional(v.string()),
  sender_chat: v.optional(chat),
  chat: v.optional(chat),
  author_signature: v.optional(v.string()),
});

export type User = v.InferOutput<typeof user>;
export type TelegramChat = v.InferOutput<typeof chat>;
export type Entity = v.InferOutput<typeof entity>;
export type Origin = v.InferOutput<typeof origin>;
