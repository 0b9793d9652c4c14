/** The guilds that a session is told of after READY: one of our own, and how a guild becomes as large as it is wanted. */
import { FLOOD_BYTES_MAX } from "./bounds.ts";
import type { Fields } from "./event.ts";

export type BotUser = { readonly id: string; readonly username: string };
/** What GUILD_CREATE holds. */
export type Guild = Fields & { readonly id: string };

const GUILD_ID = "900000000000000001";
const JOINED_AT = "2026-01-02T03:04:05.678000+00:00";

/** A guild with two text channels, a thread, and the role that Discord manages for the bot. */
export function ownGuild(bot: BotUser): Guild {
  const channel = (id: string, name: string, lastMessageId: string | null) => ({
    id,
    type: 0,
    name,
    position: 0,
    topic: null,
    nsfw: false,
    rate_limit_per_user: 0,
    parent_id: null,
    flags: 0,
    permission_overwrites: [],
    last_message_id: lastMessageId,
  });
  const role = (id: string, name: string) => ({ id, name, color: 0, position: 0, permissions: "0", flags: 0 });
  const botRole = "900000000000000020";
  return {
    id: GUILD_ID,
    name: "A guild",
    owner_id: "900000000000000030",
    unavailable: false,
    large: false,
    joined_at: JOINED_AT,
    member_count: 2,
    roles: [
      { ...role(GUILD_ID, "@everyone"), managed: false },
      { ...role(botRole, bot.username), managed: true, tags: { bot_id: bot.id } },
    ],
    emojis: [],
    channels: [
      channel("900000000000000010", "general", "900000000000000100"),
      channel("900000000000000011", "quiet", null),
    ],
    threads: [
      {
        id: "900000000000000012",
        guild_id: GUILD_ID,
        parent_id: "900000000000000010",
        owner_id: "900000000000000030",
        type: 11,
        name: "a thread",
        message_count: 1,
        member_count: 2,
        last_message_id: "900000000000000101",
        thread_metadata: { archived: false, auto_archive_duration: 1440, archive_timestamp: JOINED_AT, locked: false },
      },
    ],
    members: [
      { user: { ...bot, bot: true }, roles: [botRole], joined_at: JOINED_AT, deaf: false, mute: false, flags: 0 },
    ],
    presences: [],
    voice_states: [],
  };
}

/** The guild with so many members that its JSON has exactly so many bytes; one that is larger already stays as it is. */
export function flooded(guild: Guild, bytes: number): Guild {
  const wanted = Math.min(bytes, FLOOD_BYTES_MAX);
  const { members: own } = guild;
  const known: readonly unknown[] = Array.isArray(own) ? own : [];
  const sized = (padding: string, members: readonly unknown[]): Guild => ({
    ...guild,
    large: true,
    member_count: known.length + members.length,
    members: [...known, ...members],
    description: padding,
  });
  const one = bytesOf(member(0)) + 1;
  // The padding of the description makes up for the last digits, and for the comma that may be missing.
  const count = Math.max(0, Math.floor((wanted - bytesOf(sized("", [])) - 100) / one));
  const members = Array.from({ length: count }, (_, index) => member(index));
  const missing = wanted - bytesOf(sized("", members));
  return missing < 0 ? guild : sized("x".repeat(missing), members);
}

function member(index: number): Fields {
  const digits = String(index).padStart(9, "0");
  const user = { id: `800000000${digits}`, username: `member${digits}`, global_name: null, avatar: null };
  return { user, roles: [], joined_at: JOINED_AT, premium_since: null, deaf: false, mute: false, flags: 0 };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
