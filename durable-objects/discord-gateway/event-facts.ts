/** What must be known of an event before it is read: which one it is, and where and by whom it was caused. Pure. */
import * as v from "valibot";

export type Facts = {
  /** Under which an event is stored once. */
  readonly key: string;
  /** Events of a lane are handed over in order. */
  readonly lane: string;
  readonly channelId: string;
  readonly guildId: string | null;
  readonly authorId: string | null;
  /** Of a new message: its id, and what its channel is, as far as it is said. */
  readonly message: { readonly id: string; readonly channelType: number | null } | null;
};

const id = v.pipe(v.string(), v.regex(/^\d{1,20}$/u));
const maybeId = v.nullish(id, null);
const place = { channel_id: id, guild_id: maybeId };
const message = v.object({
  ...place,
  id,
  channel_type: v.nullish(v.number(), null),
  author: v.nullish(v.object({ id }), null),
  edited_timestamp: v.nullish(v.pipe(v.string(), v.maxLength(64)), null),
});
const reaction = v.object({
  ...place,
  user_id: id,
  message_id: id,
  emoji: v.object({ id: maybeId, name: v.nullish(v.string(), null) }),
});
const interaction = v.object({ id, channel_id: maybeId, guild_id: maybeId });

/** Null: of no interest, or not readable. `occurrence` tells apart what has no id of its own and can happen again. */
export function factsOf(name: string, data: unknown, occurrence: string): Facts | null {
  switch (name) {
    case "MESSAGE_CREATE":
    case "MESSAGE_UPDATE":
      return messageFacts(name, data, occurrence);
    case "MESSAGE_REACTION_ADD":
    case "MESSAGE_REACTION_REMOVE":
      return reactionFacts(name, data, occurrence);
    case "INTERACTION_CREATE":
      return interactionFacts(name, data);
    default:
      return null;
  }
}

function messageFacts(name: "MESSAGE_CREATE" | "MESSAGE_UPDATE", data: unknown, occurrence: string): Facts | null {
  const parsed = v.safeParse(message, data);
  if (!parsed.success) return null;
  const { id: messageId, channel_id: channelId, guild_id: guildId, channel_type: channelType, author } = parsed.output;
  const isNew = name === "MESSAGE_CREATE";
  const version = isNew ? "" : `:${parsed.output.edited_timestamp ?? occurrence}`;
  return {
    key: `${name}:${messageId}${version}`,
    lane: channelId,
    channelId,
    guildId,
    authorId: author?.id ?? null,
    message: isNew ? { id: messageId, channelType } : null,
  };
}

function reactionFacts(name: string, data: unknown, occurrence: string): Facts | null {
  const parsed = v.safeParse(reaction, data);
  if (!parsed.success) return null;
  const { user_id: userId, message_id: messageId, channel_id: channelId, guild_id: guildId } = parsed.output;
  return {
    key: `${name}:${messageId}:${userId}:${occurrence}`,
    lane: channelId,
    channelId,
    guildId,
    authorId: userId,
    message: null,
  };
}

/** Somebody waits for its answer, and for three seconds only: it has a lane of its own. */
function interactionFacts(name: string, data: unknown): Facts | null {
  const parsed = v.safeParse(interaction, data);
  if (!parsed.success) return null;
  const { id: interactionId, channel_id: channelId, guild_id: guildId } = parsed.output;
  const key = `${name}:${interactionId}`;
  return { key, lane: key, channelId: channelId ?? "", guildId, authorId: null, message: null };
}
