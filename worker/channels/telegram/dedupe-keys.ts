/** The names under which Telegram may tell the same thing again. Each bot counts by itself, so all hold the bot's id. Pure. */
import type { Bot } from "./addressed.ts";
import { CHANNEL } from "./place.ts";

/** An update that something is read from, and who reads it. */
export type Source = {
  readonly updateId: number;
  readonly bot: Bot;
  /** Epoch ms; for what has no time of its own. */
  readonly receivedAt: number;
};

/** The bot as the first part of an id. */
export function accountOf({ id }: Pick<Bot, "id">): string {
  return `${CHANNEL}:${id}`;
}

/** A delivery is repeated under the same update id until it is acknowledged. */
export function updateKey({ bot, updateId }: Source): string {
  return `${accountOf(bot)}:update:${updateId}`;
}
