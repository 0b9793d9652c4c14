/** A space is whose files and memory a turn may touch. It follows from the conversation, never from the model. */
import { assertNever } from "./assert.ts";
import type { ConversationRef } from "./session-key.ts";

declare const brand: unique symbol;
/** `owner`, `person:<id>` or `group:<channel>:<chat id>`. */
export type SpaceId = string & { readonly [brand]: "SpaceId" };

const SPACE = /^(?:owner|person:[^\p{Cc}]{1,300}|group:[^\p{Cc}]{1,300})$/u;

/** Tells whether `text` has the form of a space id. */
export function isSpaceId(text: string): text is SpaceId {
  return SPACE.test(text);
}

export const OWNER_SPACE = spaceOf({ kind: "main", agent: "" });

export type SpaceKind = "owner" | "person" | "group";

/** The kind of a space, which decides what its turns may do. */
export function spaceKind(space: SpaceId): SpaceKind {
  if (space === "owner") return "owner";
  return space.startsWith("group:") ? "group" : "person";
}

/** Whose files and memory a conversation works on. A job works on its creator's; v1 has only the owner's jobs. */
export function spaceOf(conversation: ConversationRef): SpaceId {
  const space = spaceText(conversation);
  if (!isSpaceId(space)) throw new Error(`not a space: ${space.slice(0, 100)}`);
  return space;
}

function spaceText(conversation: ConversationRef): string {
  switch (conversation.kind) {
    case "main":
    case "job":
      return "owner";
    case "person":
      return `person:${conversation.personId}`;
    case "group":
      return `group:${conversation.channel}:${conversation.chatId}`;
    default:
      return assertNever(conversation);
  }
}

/**
 * The space's name in object keys, file names and AWS session tags: only `[a-z0-9._-]`, safe on disks that ignore
 * case, within the characters that AWS allows in a tag value, and different for different spaces. Every other
 * character, `_` included, becomes `_` and the two hex digits of each of its UTF-8 bytes: `person_3atelegram-42`.
 */
export function spaceFolder(space: SpaceId): string {
  return encodeURIComponent(space).replace(
    /%(..)|[^a-z0-9.-]/g,
    (char, hex: string | undefined) => `_${hex?.toLowerCase() ?? char.charCodeAt(0).toString(16)}`,
  );
}
