/** Which channels are still to be read after a session was lost, and what came of it. Synchronous SQL only. */
import { backoffMs } from "../../protocol/backoff.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";

/** A channel that is to be read from `afterId` on. */
export type Unread = {
  readonly channelId: string;
  readonly gap: number;
  readonly afterId: string;
  /** Pages that are read of it. */
  readonly pages: number;
  readonly attempts: number;
  readonly dueAt: number;
};

/** A time in which we heard nothing. */
export type Gap = { readonly gap: number; readonly channels: number; readonly messages: number };

type UnreadRow = {
  channel_id: string;
  gap: number;
  after_id: string;
  pages: number;
  attempts: number;
  due_at: number;
};

/**
 * Has every channel read in which somebody wrote to us lately. One that is still to be read from an earlier gap is read from
 * there on.
 */
export function beginGap(sql: SqlStorage, now: number): void {
  const { backfillChannelAgeMs, backfillChannelsMax, gapsMax } = GATEWAY_BOUNDS;
  const { gap } = sql
    .exec<{ gap: number }>(
      "INSERT INTO gaps (began_at, channels_missed, messages_missed) VALUES (?, 0, 0) RETURNING gap",
      now,
    )
    .one();
  // Those beyond the number are only looked at: they count as read to their last page.
  sql.exec(
    `INSERT INTO backfill (channel_id, gap, after_id, pages, attempts, due_at)
     SELECT channel_id, ?1, last_seen_id, iif(row_number() OVER (ORDER BY last_at DESC) > ?2, ?3, 0), 0, ?4
     FROM channels WHERE last_at > ?5
     ON CONFLICT (channel_id) DO UPDATE SET gap = ?1, attempts = 0, due_at = ?4`,
    gap,
    backfillChannelsMax,
    GATEWAY_BOUNDS.backfillPagesMax,
    now,
    now - backfillChannelAgeMs,
  );
  sql.exec("DELETE FROM gaps WHERE gap <= ? AND ended_at IS NOT NULL", gap - gapsMax);
}

/** The channels that are still to be read, those that are due first. */
export function readUnread(sql: SqlStorage): readonly Unread[] {
  const query = "SELECT channel_id, gap, after_id, pages, attempts, due_at FROM backfill ORDER BY due_at, pages";
  return sql
    .exec<UnreadRow>(query)
    .toArray()
    .map(({ channel_id, gap, after_id, pages, attempts, due_at }) => ({
      channelId: channel_id,
      gap,
      afterId: after_id,
      pages,
      attempts,
      dueAt: due_at,
    }));
}

/** A page was read, and more may follow. */
export function moveOn(sql: SqlStorage, { channelId }: Unread, afterId: string, now: number): void {
  sql.exec(
    "UPDATE backfill SET after_id = ?, pages = pages + 1, attempts = 0, due_at = ? WHERE channel_id = ?",
    afterId,
    now,
    channelId,
  );
}

/** It could not be read now. */
export function readLater(sql: SqlStorage, { channelId, attempts }: Unread, pauseMs: number, now: number): void {
  const dueAt = now + Math.max(pauseMs, backoffMs(attempts + 1, GATEWAY_BOUNDS.backfillRetry));
  sql.exec("UPDATE backfill SET attempts = attempts + 1, due_at = ? WHERE channel_id = ?", dueAt, channelId);
}

/** A channel is read as far as it will be. `missed`: messages in it that will not be. */
export function endChannel(sql: SqlStorage, { channelId, gap }: Unread, missed: number): void {
  sql.exec("DELETE FROM backfill WHERE channel_id = ?", channelId);
  if (missed === 0) return;
  const count =
    "UPDATE gaps SET channels_missed = channels_missed + 1, messages_missed = messages_missed + ? WHERE gap = ?";
  sql.exec(count, missed, gap);
}

/** Ends the gaps of which no channel is to be read any more, and returns them. */
export function endGaps(sql: SqlStorage, now: number): readonly Gap[] {
  const query = `UPDATE gaps SET ended_at = ? WHERE ended_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM backfill WHERE backfill.gap = gaps.gap)
     RETURNING gap, channels_missed, messages_missed`;
  return sql
    .exec<{ gap: number; channels_missed: number; messages_missed: number }>(query, now)
    .toArray()
    .map(({ gap, channels_missed: channels, messages_missed: messages }) => ({ gap, channels, messages }));
}

/** Since when a gap that is not read yet is known; null: there is none. */
export function openGapSince(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT max(began_at) AS at FROM gaps WHERE ended_at IS NULL").one().at;
}

/** Messages of the gaps that are kept which nobody has read. */
export function countMissed(sql: SqlStorage): number {
  return sql.exec<{ n: number }>("SELECT coalesce(sum(messages_missed), 0) AS n FROM gaps").one().n;
}
