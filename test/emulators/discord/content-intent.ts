/** The privileged intent MESSAGE_CONTENT: what a message holds for an application that does not have it. */

/** Flag of an application that has the intent, and fewer than 100 guilds. */
export const MESSAGE_CONTENT_LIMITED = 1 << 19;

type Wire = Readonly<Record<string, unknown>>;

/** The message with what the intent guards left out, unless it is a direct one, one of the bot, or mentions it. */
export function withoutContent(message: Wire, botId: string): Wire {
  const isDirect = message["guild_id"] === undefined;
  if (isDirect || idOf(message["author"]) === botId || mentions(message, botId)) return message;
  const { poll: _poll, ...rest } = message;
  return { ...rest, content: "", embeds: [], attachments: [], components: [] };
}

function mentions(message: Wire, botId: string): boolean {
  const { mentions: users } = message;
  return Array.isArray(users) && users.some((user) => idOf(user) === botId);
}

function idOf(user: unknown): unknown {
  return typeof user === "object" && user !== null && "id" in user ? user.id : null;
}
