/** What happens in Discord, as the Gateway hears of it, and how one event is named in observations. */

export type Fields = Readonly<Record<string, unknown>>;

export type GatewayEvent = {
  /** As on the wire: "MESSAGE_CREATE". */
  readonly t: string;
  readonly d: Fields;
  /** Absent: what `d.guild_id` says; none there either: a direct message, or nothing of a guild. */
  readonly guildId?: string;
};

export function guildOf({ guildId, d }: GatewayEvent): string | null {
  const said = guildId ?? d["guild_id"];
  return typeof said === "string" ? said : null;
}

/** The message that an event is about. */
export function messageIdOf({ t, d }: GatewayEvent): string | null {
  const id = /^MESSAGE_(?:CREATE|UPDATE|DELETE)$/u.test(t) ? d["id"] : d["message_id"];
  return typeof id === "string" ? id : null;
}

export function channelIdOf({ d }: GatewayEvent): string | null {
  const id = d["channel_id"];
  return typeof id === "string" ? id : null;
}
