/** Which events a session hears of: the intents of "List of Intents", and the shard that a guild belongs to. */
import { type GatewayEvent, guildOf } from "./event.ts";

const GUILDS = 1 << 0;
const GUILD_MEMBERS = 1 << 1;
const GUILD_PRESENCES = 1 << 8;
const GUILD_MESSAGES = 1 << 9;
const GUILD_MESSAGE_REACTIONS = 1 << 10;
const DIRECT_MESSAGES = 1 << 12;
const DIRECT_MESSAGE_REACTIONS = 1 << 13;
export const MESSAGE_CONTENT = 1 << 15;

/** Bits that have no intent: 17 to 19, 22, 23 and all from 26 on. */
const KNOWN = 0x1_ff_ff | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

/** The intents that an event needs, in a guild and in a direct message. */
const NEEDED: readonly (readonly [t: RegExp, inGuild: number, inDirect: number])[] = [
  [/^MESSAGE_(?:CREATE|UPDATE|DELETE|DELETE_BULK)$/u, GUILD_MESSAGES, DIRECT_MESSAGES],
  [/^MESSAGE_REACTION_/u, GUILD_MESSAGE_REACTIONS, DIRECT_MESSAGE_REACTIONS],
  [/^MESSAGE_POLL_VOTE_/u, 1 << 24, 1 << 25],
  [/^TYPING_START$/u, 1 << 11, 1 << 14],
  [/^CHANNEL_PINS_UPDATE$/u, GUILDS, DIRECT_MESSAGES],
  [/^(?:GUILD_(?:CREATE|UPDATE|DELETE|ROLE_)|CHANNEL_|THREAD_|STAGE_INSTANCE_|VOICE_CHANNEL_ST)/u, GUILDS, GUILDS],
  [/^GUILD_MEMBER_/u, GUILD_MEMBERS, GUILD_MEMBERS],
  [/^GUILD_(?:AUDIT_LOG_ENTRY|BAN)_/u, 1 << 2, 1 << 2],
  [/^GUILD_(?:EMOJIS|STICKERS|SOUNDBOARD)_/u, 1 << 3, 1 << 3],
  [/^(?:GUILD_)?INTEGRATIONS?_/u, 1 << 4, 1 << 4],
  [/^WEBHOOKS_UPDATE$/u, 1 << 5, 1 << 5],
  [/^INVITE_/u, 1 << 6, 1 << 6],
  [/^VOICE_(?:STATE_UPDATE|CHANNEL_EFFECT_SEND)$/u, 1 << 7, 1 << 7],
  [/^PRESENCE_UPDATE$/u, GUILD_PRESENCES, GUILD_PRESENCES],
  [/^GUILD_SCHEDULED_EVENT_/u, 1 << 16, 1 << 16],
  [/^AUTO_MODERATION_RULE_/u, 1 << 20, 1 << 20],
  [/^AUTO_MODERATION_ACTION_/u, 1 << 21, 1 << 21],
];

/** What the Gateway says of asked intents: fine, or the code that it closes with. */
export function judgeIntents(intents: number, mayReadContent: boolean): "fine" | 4013 | 4014 {
  if (!Number.isSafeInteger(intents) || intents < 0 || intents > KNOWN || (intents & ~KNOWN) !== 0) return 4013;
  const privileged = GUILD_MEMBERS | GUILD_PRESENCES | (mayReadContent ? 0 : MESSAGE_CONTENT);
  return (intents & privileged) === 0 ? "fine" : 4014;
}

/** Whether a session with these intents is told; an event that the list does not name is told to all. */
export function isAskedFor(event: GatewayEvent, intents: number): boolean {
  const needed = NEEDED.find(([t]) => t.test(event.t));
  if (!needed) return true;
  const [, inGuild, inDirect] = needed;
  return (intents & (guildOf(event) === null ? inDirect : inGuild)) !== 0;
}

export type Shard = readonly [id: number, count: number];

/** The shard that an IDENTIFY names, the only one if it names none, null if there is no such shard. */
export function shardOf(named: readonly [number, number] | undefined): Shard | null {
  const [id, count] = named ?? [0, 1];
  return Number.isSafeInteger(id) && Number.isSafeInteger(count) && id >= 0 && id < count ? [id, count] : null;
}

/** Whether an event belongs to a shard; what has no guild is told to the first. */
export function isOfShard(event: GatewayEvent, [id, count]: Shard): boolean {
  const guild = guildOf(event);
  if (guild === null || !/^\d+$/u.test(guild)) return id === 0;
  return (BigInt(guild) >> 22n) % BigInt(count) === BigInt(id);
}
