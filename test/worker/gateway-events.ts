/** Events of a small guild and of direct chats, as Discord's documentation has them. */
import { formatSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { BOT } from "./gateway-world.ts";

export const OWNER = "420000000000000001";
export const STRANGER = "430000000000000001";
export const GUILD = "120000000000000001";
export const CHANNEL = "130000000000000001";
/** Nobody listens there. */
export const OTHER_GUILD = "120000000000000009";
export const OTHER_CHANNEL = "130000000000000009";
export const DM = "130000000000000002";
export const THREAD = "130000000000000010";
export const BOT_ROLE = "140000000000000001";

/** The id of the message with this number; later ones are higher. */
export const idOf = (number: number): string => String(1_500_000_000_000_000_000n + BigInt(number) * 4_194_304_000n);

/** A message as Discord has it. */
export type Message = { readonly id: string; readonly channel_id: string; readonly [field: string]: unknown };

const message = (number: number, fields: Pick<Message, "channel_id"> & Readonly<Record<string, unknown>>): Message => ({
  id: idOf(number),
  type: 0,
  author: { id: OWNER, username: "owner", global_name: "Owner", discriminator: "0" },
  content: `message ${number}`,
  timestamp: "2026-05-02T05:04:28.652000+00:00",
  edited_timestamp: null,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  components: [],
  flags: 0,
  ...fields,
});

export const direct = (number: number, fields: object = {}): Message =>
  message(number, { channel_id: DM, channel_type: 1, ...fields });

/** The owner calls us in the channel of the guild. */
export const inGuild = (number: number, fields: object = {}): Message =>
  message(number, {
    guild_id: GUILD,
    channel_id: CHANNEL,
    channel_type: 0,
    content: `<@${BOT}> message ${number}`,
    mentions: [{ id: BOT, username: "claw", bot: true }],
    member: { roles: [] },
    ...fields,
  });

export const elsewhere = (number: number, fields: object = {}): Message =>
  inGuild(number, { guild_id: OTHER_GUILD, channel_id: OTHER_CHANNEL, ...fields });

export const reaction = (number: number, fields: object = {}) => ({
  user_id: OWNER,
  channel_id: DM,
  message_id: idOf(number),
  emoji: { id: null, name: "👍" },
  ...fields,
});

/** The owner gives a command in their direct chat. */
export const interaction = (number: number, fields: object = {}) => ({
  id: idOf(number),
  application_id: "900000000000000001",
  type: 2,
  token: `token-of-${number}`,
  version: 1,
  context: 1,
  channel_id: DM,
  channel: { id: DM, type: 1 },
  user: { id: OWNER, username: "owner", global_name: "Owner", discriminator: "0" },
  locale: "en-US",
  data: { id: "1", name: "ask", type: 1, options: [{ name: "text", type: 3, value: "how are you" }] },
  ...fields,
});

export const guildCreate = (fields: object = {}) => ({
  id: GUILD,
  name: "a guild",
  roles: [
    { id: GUILD, name: "@everyone" },
    { id: BOT_ROLE, name: "claw", tags: { bot_id: BOT } },
  ],
  threads: [{ id: THREAD, type: 11, parent_id: CHANNEL, owner_id: BOT, guild_id: GUILD }],
  ...fields,
});

export const ownerDm: SessionKey = key("direct", OWNER);
export const guildSession: SessionKey = key("group", `${GUILD}.${CHANNEL}`);
export const threadSession: SessionKey = formatSessionKey({
  agent: "main",
  channel: "discord",
  chatKind: "group",
  chatId: `${GUILD}.${CHANNEL}`,
  thread: { kind: "thread", id: THREAD },
});

function key(chatKind: "direct" | "group", chatId: string): SessionKey {
  return formatSessionKey({ agent: "main", channel: "discord", chatKind, chatId });
}
