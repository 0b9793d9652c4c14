/** Messages of the Gateway, written from Discord's documentation, for tests that must not depend on anybody's captures. */
import type { Dispatch, GatewayWorld } from "../../../worker/channels/discord/dispatch.ts";

export const APP = "1100000000000000001";
/** Of old applications it is another number than that of the application. */
export const US = "1100000000000000002";
export const GUILD = "1200000000000000001";
export const CHANNEL = "1300000000000000001";
/** Ann's direct chat with us. */
export const DIRECT = "1300000000000000002";
export const OUR_THREAD = "1300000000000000010";
export const OTHER_THREAD = "1300000000000000011";
export const OUR_ROLE = "1400000000000000001";
export const MESSAGE = "1500000000000000000";
/** When `MESSAGE` was sent, epoch ms. */
export const SENT_AT = 1_777_698_268_652;
/** When the events came, epoch ms. */
export const RECEIVED_AT = 1_777_698_269_000;

export const SETTINGS = { applicationId: APP, replyIn: "channel" } as const;

export const WORLD: GatewayWorld = {
  self: { applicationId: APP, userId: US, username: "Claw" },
  botRole: (guildId) => (guildId === GUILD ? OUR_ROLE : null),
  thread: (channelId) => {
    if (channelId !== OUR_THREAD && channelId !== OTHER_THREAD) return null;
    return { parentId: CHANNEL, isOurs: channelId === OUR_THREAD };
  },
};

export const ann = { id: "420000000000000001", username: "ann", global_name: "Ann Example", discriminator: "0" };
export const bob = { id: "430000000000000001", username: "bob", global_name: null, discriminator: "0" };
export const otherBot = { id: "440000000000000001", username: "other", global_name: null, bot: true };
export const us = { id: US, username: "Claw", global_name: null, discriminator: "6184", bot: true };

/** What somebody is in the guild; messages tell the user beside it. */
export const member = { nick: null, roles: ["1400000000000000007"], joined_at: "2026-01-04T20:21:10.139000+00:00" };

/** A message of Ann in her direct chat; `fields` add to it or replace. */
export function directMessage(fields: object = {}): object {
  return {
    id: MESSAGE,
    type: 0,
    channel_id: DIRECT,
    channel_type: 1,
    author: ann,
    content: "hello",
    timestamp: "2026-05-02T05:04:28.652000+00:00",
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    components: [],
    pinned: false,
    flags: 0,
    ...fields,
  };
}

/** A message of Ann in a channel of a guild. */
export function guildMessage(fields: object = {}): object {
  return directMessage({ guild_id: GUILD, channel_id: CHANNEL, channel_type: 0, member, ...fields });
}

/** A message of Ann in a thread of that channel. */
export function threadMessage(channelId: string, fields: object = {}): object {
  return guildMessage({ channel_id: channelId, channel_type: 11, ...fields });
}

/** A message in a channel that begins with a mention of us. */
export function mentioning(text = "hi", fields: object = {}): object {
  return guildMessage({ content: `<@${US}> ${text}`, mentions: [{ ...us, member }], ...fields });
}

/** A message that answers one of somebody. */
export function replyTo(author: object, fields: object = {}, replied: object = {}): object {
  return guildMessage({
    type: 19,
    content: "that",
    message_reference: { type: 0, message_id: "1499999999999999999", channel_id: CHANNEL, guild_id: GUILD },
    referenced_message: guildMessage({ id: "1499999999999999999", author, content: "What else?", ...replied }),
    ...fields,
  });
}

/** A message of somebody else, handed on: it has no words of its own. */
export function forward(snapshot: object, fields: object = {}): object {
  return directMessage({
    content: "",
    flags: 1 << 14,
    message_reference: { type: 1, message_id: "1499999999999999998", channel_id: CHANNEL },
    message_snapshots: [
      {
        message: {
          type: 0,
          content: "old news",
          timestamp: "2026-05-01T00:00:00.000000+00:00",
          edited_timestamp: null,
          mentions: [],
          mention_roles: [],
          attachments: [],
          embeds: [],
          components: [],
          flags: 0,
          ...snapshot,
        },
      },
    ],
    ...fields,
  });
}

/** The notice that Ann came to the guild. */
export function joined(fields: object = {}): object {
  return guildMessage({ type: 7, content: "", ...fields });
}

/** A new version of a message. */
export function edited(fields: object = {}): object {
  return directMessage({ content: "hello again", edited_timestamp: "2026-05-02T05:06:00.000000+00:00", ...fields });
}

/** A reaction of Ann to one of our messages in a guild. */
export function reaction(fields: object = {}): object {
  return {
    user_id: ann.id,
    channel_id: CHANNEL,
    message_id: MESSAGE,
    guild_id: GUILD,
    member: { ...member, user: ann },
    message_author_id: US,
    emoji: { id: null, name: "👍" },
    burst: false,
    type: 0,
    ...fields,
  };
}

/** The same in a direct chat, of which Discord tells less. */
export function directReaction(fields: object = {}): object {
  return {
    user_id: ann.id,
    channel_id: DIRECT,
    message_id: MESSAGE,
    emoji: { id: null, name: "👍" },
    burst: false,
    type: 0,
    ...fields,
  };
}

/** An event as the Gateway dispatches it. */
export function event(name: string, data: unknown): Dispatch {
  return { name, data, receivedAt: RECEIVED_AT };
}
