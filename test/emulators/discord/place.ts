/** A place where messages are: a channel of a guild, a thread, or a private conversation; and what the bot may do there. */
import { isoTime, type Json } from "./json.ts";
import type { Message } from "./message.ts";
import { timeOf } from "./snowflake.ts";
import type { User } from "./wire.ts";

/** "Channel Types", those of them in which people write. */
export const CHANNEL_TYPE = {
  text: 0,
  direct: 1,
  voice: 2,
  groupDirect: 3,
  announcement: 5,
  announcementThread: 10,
  publicThread: 11,
  privateThread: 12,
} as const;
export type ChannelType = (typeof CHANNEL_TYPE)[keyof typeof CHANNEL_TYPE];

/** "Bitwise Permission Flags". */
export const PERMISSIONS = {
  ADD_REACTIONS: 1n << 6n,
  VIEW_CHANNEL: 1n << 10n,
  SEND_MESSAGES: 1n << 11n,
  MANAGE_MESSAGES: 1n << 13n,
  EMBED_LINKS: 1n << 14n,
  ATTACH_FILES: 1n << 15n,
  READ_MESSAGE_HISTORY: 1n << 16n,
  MENTION_EVERYONE: 1n << 17n,
  USE_EXTERNAL_EMOJIS: 1n << 18n,
  CREATE_PUBLIC_THREADS: 1n << 35n,
  SEND_MESSAGES_IN_THREADS: 1n << 38n,
  SEND_VOICE_MESSAGES: 1n << 46n,
} as const;
export type Permission = keyof typeof PERMISSIONS;

/** "Interaction Context Types". */
const CONTEXT = { guild: 0, botDirect: 1, private: 2 } as const;

const ALL = Object.values(PERMISSIONS).reduce((sum, bit) => sum | bit, 0n);
const { ATTACH_FILES, EMBED_LINKS, MENTION_EVERYONE, USE_EXTERNAL_EMOJIS } = PERMISSIONS;
const THREADS: ReadonlySet<ChannelType> = new Set([10, 11, 12]);

export type Place = {
  readonly id: string;
  readonly type: ChannelType;
  readonly guildId: string | null;
  /** Of a thread. */
  readonly parentId: string | null;
  readonly name: string;
  readonly ownerId: string | null;
  /** Who is in a private conversation, the bot left out. */
  readonly recipients: readonly User[];
  /** The bot is in it, so that it gets its events and may call. */
  readonly hasBot: boolean;
  /** What the bot may not do here, nor in its threads. */
  denied: bigint;
  messages: readonly Message[];
  typingUntil: number;
  isArchived: boolean;
  isLocked: boolean;
};

export function isThread({ type }: Place): boolean {
  return THREADS.has(type);
}

/** What the bot may do, as `app_permissions` says it: in private conversations only what the documentation lists. */
export function permissionsOf(place: Place): bigint {
  if (place.guildId !== null) return ALL & ~place.denied;
  const base = ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE;
  return place.hasBot ? base | USE_EXTERNAL_EMOJIS : base;
}

/** What kind of place it is for commands. */
export function contextOf({ guildId, type, hasBot }: Place): number {
  if (guildId !== null) return CONTEXT.guild;
  return type === CHANNEL_TYPE.direct && hasBot ? CONTEXT.botDirect : CONTEXT.private;
}

/** Whether the bot may, in a guild; in a private conversation nobody has permissions. */
export function may(place: Place, permission: Permission): boolean {
  return place.guildId === null || (place.denied & PERMISSIONS[permission]) === 0n;
}

/** A channel object. */
export function placeToWire(place: Place): Json {
  const lastId = place.messages.findLast((message) => message.ephemeralFor === null)?.id ?? null;
  const common = { id: place.id, type: place.type, flags: 0, last_message_id: lastId };
  if (place.guildId === null) {
    const group = place.type === CHANNEL_TYPE.groupDirect;
    const named = group && { name: place.name, icon: null, owner_id: place.ownerId };
    return { ...common, recipients: place.recipients, ...named };
  }
  const inGuild = { ...common, guild_id: place.guildId, name: place.name, parent_id: place.parentId };
  return isThread(place)
    ? { ...inGuild, ...threadFields(place) }
    : {
        ...inGuild,
        nsfw: false,
        permission_overwrites: [],
        position: 0,
        rate_limit_per_user: 0,
        topic: null,
      };
}

function threadFields(place: Place): Json {
  const at = isoTime(timeOf(place.id));
  const count = place.messages.filter(({ type }) => type === 0).length;
  return {
    member_count: 2,
    message_count: count,
    owner_id: place.ownerId,
    rate_limit_per_user: 0,
    thread_metadata: {
      archive_timestamp: at,
      archived: place.isArchived,
      auto_archive_duration: 1440,
      create_timestamp: at,
      locked: place.isLocked,
    },
    total_message_sent: count,
  };
}
