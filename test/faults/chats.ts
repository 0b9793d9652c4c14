/** The people of a run: their chats, the ids of what they write, and how both are found again. */

const WEB_SESSION = "agent:main:web:direct:owner";
const OWNERS_CONVERSATION = "agent:main:main";

/** A message that somebody writes. Its id stands in its text, and must come back in an answer. */
export type Written = { readonly chat: number; readonly id: string };

/** Groups have negative ids, as on Telegram. */
export function isGroup(chat: number): boolean {
  return chat < 0;
}

/** A word that no other text contains. */
export function messageId(chat: number, index: number): string {
  return `ID${chat}x${index}E`;
}

/** The chat that a message was written in; 0 for what is no id of ours. */
export function chatOfId(id: string): number {
  return Number(/^ID(?<chat>-?\d+)x/.exec(id)?.groups?.["chat"] ?? 0);
}

/** All message ids in a text, in order, each once. */
export function idsIn(text: string): readonly string[] {
  return [...new Set(text.match(/ID-?\d+x\d+E/g))];
}

/** The owner at the web socket, as a chat. */
export const WEB_CHAT = 1;

/**
 * Chats on Discord, by where they are and how people write there: with /ask, or by a message that comes over the Gateway.
 * `away`: in a server where the bot is not. `thread`: each message that calls the bot begins one.
 */
export const DISCORD_PLACES = [
  "asked_direct",
  "asked_channel",
  "asked_away",
  "said_direct",
  "said_channel",
  "said_thread",
] as const;
export type DiscordPlace = (typeof DISCORD_PLACES)[number];

/** Their numbers begin here, those of each kind so far apart. */
const FIRST_ON_DISCORD = 10_000_000;
const CHATS_OF_A_KIND = 1_000_000;
/** The servers; the bot is not in the second. */
export const GUILD = "9000001";
export const GUILD_AWAY = "9000002";

/** Private chats on Telegram in which nobody waits: what is planned says something there. Their numbers begin here. */
const FIRST_PLANNED = 20_000_000;

/** Such a chat. */
export function plannedChat(number: number): number {
  return FIRST_PLANNED + number;
}

/** A chat on Discord; its number is the emulated id of the channel, or of the person in a direct chat. */
export function discordChat(place: DiscordPlace, number: number): number {
  return FIRST_ON_DISCORD + DISCORD_PLACES.indexOf(place) * CHATS_OF_A_KIND + number;
}

/** What kind of chat it is on Discord; null: it is elsewhere. */
export function discordPlaceOf(chat: number): DiscordPlace | null {
  return DISCORD_PLACES[Math.floor((chat - FIRST_ON_DISCORD) / CHATS_OF_A_KIND)] ?? null;
}

/** Whether the answer grows in a message of its own. */
export function growsInMessage(chat: number): boolean {
  return isGroup(chat) || (discordPlaceOf(chat)?.startsWith("said") ?? false);
}

/** The chat that a session or a conversation is about; null for any other key. */
export function chatOfKey(key: string): number | null {
  if (key === WEB_SESSION || key === OWNERS_CONVERSATION) return WEB_CHAT;
  const job = /:job:(?:direct:)?job-id(?<chat>\d+)x\d+e(?::|$)/.exec(key);
  if (job?.groups) return Number(job.groups["chat"]);
  const found =
    /(?::(?:telegram|discord):direct:|:person:(?:telegram|discord)-|:telegram:group:|:discord:group:\d+\.)(?<chat>-?\d+)(?::thread:\d+)?$/.exec(
      key,
    );
  return found?.groups ? Number(found.groups["chat"]) : null;
}

/** What its platform calls a chat. */
export function platformIdOf(chat: number): string {
  switch (discordPlaceOf(chat)) {
    case null:
    case "asked_direct":
    case "said_direct":
      return String(chat);
    case "asked_away":
      return `${GUILD_AWAY}.${chat}`;
    case "asked_channel":
    case "said_channel":
    case "said_thread":
      return `${GUILD}.${chat}`;
  }
}

/** The session of a chat, or of a thread in it. */
export function sessionOf(chat: number, threadId: string | null = null): string {
  if (chat === WEB_CHAT) return WEB_SESSION;
  const id = platformIdOf(chat);
  const channel = discordPlaceOf(chat) === null ? "telegram" : "discord";
  const kind = isGroup(chat) || id.includes(".") ? "group" : "direct";
  return `agent:main:${channel}:${kind}:${id}${threadId === null ? "" : `:thread:${threadId}`}`;
}
