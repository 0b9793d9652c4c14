/** Whether a message in a server is meant for us: a mention of us or our role, a reply to us; or has our name in it. Pure. */
import { holdsName } from "../text/mention.ts";
import type { BotSelf, GatewayWorld } from "./dispatch.ts";
import type { Message } from "./update-message.ts";

/** Whether the sender meant us. `@everyone` means everyone else too, so it does not count. */
export function isAddressed(message: Message, world: Pick<GatewayWorld, "self" | "botRole">): boolean {
  const { userId } = world.self;
  if (message.mentions.some(({ id }) => id === userId)) return true;
  if (message.referenced_message?.author?.id === userId) return true;
  const role = roleOf(message, world);
  return role !== null && message.mention_roles.includes(role);
}

/** How we are marked in a text there. */
export function marksOf(message: Pick<Message, "guild_id">, world: Pick<GatewayWorld, "self" | "botRole">): string[] {
  const role = roleOf(message, world);
  const { userId } = world.self;
  return [`<@${userId}>`, `<@!${userId}>`, ...(role === null ? [] : [`<@&${role}>`])];
}

/** Whether the name that people see of us is in the text. It means us or not, as the configuration says. */
export function isNamedIn(text: string, { username }: Pick<BotSelf, "username">): boolean {
  return holdsName(text, username);
}

function roleOf({ guild_id: guildId }: Pick<Message, "guild_id">, { botRole }: Pick<GatewayWorld, "botRole">) {
  return guildId ? botRole(guildId) : null;
}
