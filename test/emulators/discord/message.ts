/** A message of the emulated Discord, and the form that it has on the wire. */
import type { StoredFile } from "./files.ts";
import { isoTime, type Json } from "./json.ts";
import type { User } from "./wire.ts";

/** "Message Flags". */
export const MESSAGE_FLAGS = {
  suppressEmbeds: 1 << 2,
  hasThread: 1 << 5,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  voice: 1 << 13,
  componentsV2: 1 << 15,
} as const;

/** "Message Types", those of them that are made here. */
export const MESSAGE_TYPE = {
  default: 0,
  threadCreated: 18,
  reply: 19,
  command: 20,
  threadStarter: 21,
  contextCommand: 23,
} as const;

/** Who hears a sound because of a message: named in it, and allowed to be called. */
export type Pings = {
  readonly users: readonly User[];
  readonly roles: readonly string[];
  readonly everyone: boolean;
};

export const NO_PINGS: Pings = { users: [], roles: [], everyone: false };

export type Content = {
  readonly content: string;
  readonly embeds: readonly Json[];
  readonly components: readonly Json[];
  readonly attachments: readonly Attachment[];
  readonly flags: number;
};

export type Attachment = {
  readonly file: StoredFile;
  readonly description?: string;
  readonly durationSecs?: number;
  readonly waveform?: string;
};

export type Message = Content & {
  readonly id: string;
  readonly channelId: string;
  readonly author: User;
  readonly type: number;
  /** Epoch ms. */
  readonly at: number;
  readonly editedAt: number | null;
  /** Who heard a sound when it came. */
  readonly pings: Pings;
  /** Who is called in it, as it is now. */
  readonly mentions: Pings;
  readonly nonce: string | number | null;
  readonly reference: { readonly channelId: string; readonly messageId: string } | null;
  /** Of the interaction that it answers. */
  readonly interaction: InteractionMetadata | null;
  /** It came by a webhook: the application that has it. */
  readonly webhookId: string | null;
  /** The only person who sees it. */
  readonly ephemeralFor: string | null;
  /** By emoji, who reacted. */
  readonly reactions: ReadonlyMap<string, ReadonlySet<string>>;
};

export type InteractionMetadata = {
  readonly id: string;
  readonly type: number;
  readonly user: User;
  readonly command: string | null;
  readonly owners: Json;
};

export type Rendering = {
  /** Where an attachment can be had now. */
  readonly urlOf: (channelId: string, file: StoredFile) => string;
  readonly botId: string;
  readonly guildId: string | null;
  /** The message that it answers, as it is now; null: deleted, or out of reach. */
  readonly referenced: Message | null;
};

/** A message object as REST answers it. */
export function messageToWire(message: Message, rendering: Rendering): Json {
  const { reference, interaction, webhookId, nonce } = message;
  return {
    attachments: message.attachments.map((attachment) => attachmentToWire(message.channelId, attachment, rendering)),
    author: message.author,
    channel_id: message.channelId,
    components: message.components,
    content: message.content,
    edited_timestamp: message.editedAt === null ? null : isoTime(message.editedAt),
    embeds: message.embeds,
    flags: message.flags,
    id: message.id,
    mention_everyone: message.mentions.everyone,
    mention_roles: message.mentions.roles,
    mentions: message.mentions.users,
    ...(nonce !== null && { nonce }),
    pinned: false,
    ...(message.reactions.size > 0 && { reactions: reactionsToWire(message, rendering.botId) }),
    ...(reference && referenceToWire(reference, rendering)),
    timestamp: isoTime(message.at),
    tts: false,
    type: message.type,
    ...(webhookId !== null && { application_id: webhookId, webhook_id: webhookId }),
    ...(interaction && interactionToWire(interaction)),
  };
}

function attachmentToWire(channelId: string, attachment: Attachment, { urlOf }: Rendering): Json {
  const { file, description, durationSecs, waveform } = attachment;
  const url = urlOf(channelId, file);
  return {
    id: file.id,
    filename: file.name,
    size: file.bytes,
    url,
    proxy_url: url,
    content_type: file.mimeType,
    content_scan_version: 0,
    ...(description !== undefined && { description }),
    ...(durationSecs !== undefined && { duration_secs: durationSecs }),
    ...(waveform !== undefined && { waveform }),
  };
}

function referenceToWire(reference: NonNullable<Message["reference"]>, rendering: Rendering): Json {
  const { referenced, guildId } = rendering;
  const guild = guildId !== null && { guild_id: guildId };
  return {
    message_reference: { type: 0, channel_id: reference.channelId, message_id: reference.messageId, ...guild },
    referenced_message: referenced && messageToWire({ ...referenced, reference: null }, rendering),
  };
}

function reactionsToWire({ reactions }: Message, botId: string): readonly Json[] {
  return [...reactions].map(([emoji, people]) => ({
    burst_colors: [],
    burst_count: 0,
    count: people.size,
    count_details: { burst: 0, normal: people.size },
    emoji: emojiToWire(emoji),
    me: people.has(botId),
    me_burst: false,
  }));
}

export function emojiToWire(emoji: string): Json {
  const [, name, id] = /^(\w+):(\d+)$/u.exec(emoji) ?? [];
  return name === undefined ? { id: null, name: emoji } : { id, name };
}

function interactionToWire({ id, type, user, command, owners }: InteractionMetadata): Json {
  return {
    interaction_metadata: {
      id,
      type,
      user,
      authorizing_integration_owners: owners,
      ...(command !== null && { name: command, command_type: 1 }),
    },
    ...(command !== null && { interaction: { id, type: 2, name: command, user } }),
  };
}
