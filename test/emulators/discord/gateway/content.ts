/** An event as a session without the MESSAGE_CONTENT intent is told it ("Message Content Intent"). */
import { withoutContent } from "../content-intent.ts";
import { type Fields, type GatewayEvent, guildOf } from "./event.ts";

/** The event without what people write, unless it is a direct message, one of the bot, or mentions it. */
export function blankedFor(botId: string, event: GatewayEvent): GatewayEvent {
  const guildId = guildOf(event);
  if (guildId === null || !/^MESSAGE_(?:CREATE|UPDATE)$/u.test(event.t)) return event;
  return { ...event, d: blanked(event.d, guildId, botId) };
}

/** The message that it answers is judged by itself: who mentions the bot shows it nothing of others. */
function blanked(message: Fields, guildId: string, botId: string): Fields {
  const { referenced_message: answered, message_snapshots: forwarded } = message;
  const shown = withoutContent({ ...message, guild_id: guildId }, botId);
  return {
    ...shown,
    ...(isFields(answered) && { referenced_message: withoutPlace(blanked(answered, guildId, botId)) }),
    // What is forwarded is in nobody's message but that of who forwards it.
    ...(forwarded !== undefined && shown["content"] === "" && { message_snapshots: [] }),
  };
}

function withoutPlace({ guild_id: _guild, ...message }: Fields): Fields {
  return message;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
