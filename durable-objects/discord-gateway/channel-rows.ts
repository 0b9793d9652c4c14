/** Channels in which somebody wrote to us, and up to which message each is read. Synchronous SQL only. */
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Facts } from "./event-facts.ts";

export type ActiveChannel = {
  readonly channelId: string;
  /** Null: no guild's. */
  readonly guildId: string | null;
  readonly channelType: number | null;
  readonly lastSeenId: string;
};

type Row = { channel_id: string; guild_id: string | null; channel_type: number | null; last_seen_id: string };

/** A new message of somebody we hear is stored. */
export function noteMessage(sql: SqlStorage, { channelId, guildId, message }: Facts, now: number): void {
  if (!message) return;
  const known = readChannel(sql, channelId);
  sql.exec(
    `INSERT INTO channels (channel_id, guild_id, channel_type, last_seen_id, last_at) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (channel_id) DO UPDATE
       SET channel_type = coalesce(?3, channel_type), last_seen_id = ?4, last_at = max(last_at, ?5)`,
    channelId,
    guildId,
    message.channelType,
    later(known?.lastSeenId ?? "0", message.id),
    now,
  );
  if (known) return;
  sql.exec(
    `DELETE FROM channels WHERE channel_id IN
       (SELECT channel_id FROM channels ORDER BY last_at DESC LIMIT -1 OFFSET ?)`,
    GATEWAY_BOUNDS.channelsMax,
  );
}

/** A message was looked at that is not for us. Of a channel in which nobody writes to us nothing is written down. */
export function noteSeen(sql: SqlStorage, channelId: string, messageId: string): void {
  const known = readChannel(sql, channelId);
  if (!known || later(known.lastSeenId, messageId) === known.lastSeenId) return;
  sql.exec("UPDATE channels SET last_seen_id = ? WHERE channel_id = ?", messageId, channelId);
}

export function readChannel(sql: SqlStorage, channelId: string): ActiveChannel | null {
  const query = "SELECT channel_id, guild_id, channel_type, last_seen_id FROM channels WHERE channel_id = ?";
  const [row] = sql.exec<Row>(query, channelId).toArray();
  return row ? channelOf(row) : null;
}

function channelOf({ channel_id, guild_id, channel_type, last_seen_id }: Row): ActiveChannel {
  return { channelId: channel_id, guildId: guild_id, channelType: channel_type, lastSeenId: last_seen_id };
}

/** The later of two ids: they are numbers that grow with time. */
function later(one: string, other: string): string {
  return BigInt(one) >= BigInt(other) ? one : other;
}
