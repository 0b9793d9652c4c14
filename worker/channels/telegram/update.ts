/** A Telegram `Update`, checked before anything looks at it: which kind it is, and the fields that we read of it. Pure. */
import type { Update } from "@grammyjs/types";
import * as v from "valibot";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { TELEGRAM_UPDATE_KINDS } from "../../../protocol/telegram-updates.ts";
import { assertNever } from "../../../protocol/assert.ts";
import {
  type CallbackQuery,
  callbackQuery,
  type MemberChange,
  memberChange,
  type MessageReaction,
  messageReaction,
} from "./update-events.ts";
import { type Message, message } from "./update-message.ts";
import { count } from "./update-parts.ts";

type ReadKind = (typeof TELEGRAM_UPDATE_KINDS)[number];

/** What we read of an update; `other` is named only for the log. */
type Content =
  | {
      readonly kind: "message" | "edited_message" | "channel_post" | "edited_channel_post";
      readonly message: Message;
    }
  | { readonly kind: "callback_query"; readonly query: CallbackQuery }
  | { readonly kind: "message_reaction"; readonly reaction: MessageReaction }
  | { readonly kind: "my_chat_member" | "chat_member"; readonly change: MemberChange }
  | { readonly kind: "other"; readonly name: string };

/** A checked update. */
export type DecodedUpdate = { readonly updateId: number } & Content;

/** Kinds of Bot API 10.1. A kind that is not listed may have any form: it is newer than this list. */
export const KNOWN_KINDS = [
  ...TELEGRAM_UPDATE_KINDS,
  "business_connection",
  "business_message",
  "edited_business_message",
  "deleted_business_messages",
  "guest_message",
  "message_reaction_count",
  "inline_query",
  "chosen_inline_result",
  "shipping_query",
  "pre_checkout_query",
  "purchased_paid_media",
  "poll",
  "poll_answer",
  "chat_join_request",
  "chat_boost",
  "removed_chat_boost",
  "managed_bot",
] as const satisfies readonly (keyof Update)[];

const envelope = v.looseObject({ update_id: count });

/** Checks a parsed body. The error names the place that is wrong, never its value. */
export function decodeUpdate(json: unknown): Result<DecodedUpdate, string> {
  const outer = v.safeParse(envelope, json);
  if (!outer.success) return err(problem(outer.issues[0]));
  const { update_id: updateId, ...kinds } = outer.output;
  const known = KNOWN_KINDS.filter((kind) => Object.hasOwn(kinds, kind));
  const broken = known.find((kind) => !isObject(kinds[kind]));
  if (broken !== undefined) return err(`${broken}: not an object`);
  // Names that we do not know are not repeated in the log.
  const name = known[0] ?? "unknown kind";
  const read = TELEGRAM_UPDATE_KINDS.find((kind) => kind === name);
  const content: Result<Content, string> = read ? decode(read, kinds[read]) : ok({ kind: "other", name });
  return content.ok ? ok({ updateId, ...content.value }) : content;
}

function decode(kind: ReadKind, value: unknown): Result<Content, string> {
  switch (kind) {
    case "message":
    case "edited_message":
    case "channel_post":
    case "edited_channel_post":
      return check(kind, message, value, (output) => ({ kind, message: output }));
    case "callback_query":
      return check(kind, callbackQuery, value, (query) => ({ kind, query }));
    case "message_reaction":
      return check(kind, messageReaction, value, (reaction) => ({ kind, reaction }));
    case "my_chat_member":
    case "chat_member":
      return check(kind, memberChange, value, (change) => ({ kind, change }));
    default:
      return assertNever(kind);
  }
}

function check<Schema extends v.GenericSchema>(
  kind: ReadKind,
  schema: Schema,
  value: unknown,
  toContent: (output: v.InferOutput<Schema>) => Content,
): Result<Content, string> {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? ok(toContent(parsed.output)) : err(`${kind}.${problem(parsed.issues[0])}`);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problem(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? "body"}: not ${issue.expected ?? issue.type}`;
}
