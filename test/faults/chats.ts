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

/** The chat that a session or a conversation is about; null for any other key. */
export function chatOfKey(key: string): number | null {
  if (key === WEB_SESSION || key === OWNERS_CONVERSATION) return WEB_CHAT;
  const found = /(?::telegram:direct:|:person:telegram-|:telegram:group:)(?<chat>-?\d+)$/.exec(key);
  return found?.groups ? Number(found.groups["chat"]) : null;
}

/** The session of a chat. */
export function sessionOf(chat: number): string {
  if (chat === WEB_CHAT) return WEB_SESSION;
  return `agent:main:telegram:${isGroup(chat) ? "group" : "direct"}:${chat}`;
}
