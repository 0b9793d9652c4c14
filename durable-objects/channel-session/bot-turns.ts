/** The bot_turns table: how often bots have kept us busy since a person last did. Two bots that answer each other stop. */
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import type { Sender } from "../../protocol/inbound.ts";

/** Turns that bots have caused in a row within the window. */
export function countBotTurns(sql: SqlStorage, now: number): number {
  const query = "SELECT count(*) AS n FROM bot_turns WHERE at > ?";
  return sql.exec<{ n: number }>(query, now - ACCESS_BOUNDS.botTurnsWindowMs).one().n;
}

/** Counts what was taken in for us: a bot's word is one more, a person's ends the row. */
export function noteTurnOf(sql: SqlStorage, { isBot }: Pick<Sender, "isBot">, now: number): void {
  if (isBot) {
    sql.exec("DELETE FROM bot_turns WHERE at <= ?", now - ACCESS_BOUNDS.botTurnsWindowMs);
    sql.exec("INSERT INTO bot_turns (at) VALUES (?)", now);
  } else {
    sql.exec("DELETE FROM bot_turns");
  }
}
