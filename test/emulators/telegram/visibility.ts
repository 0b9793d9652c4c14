/** What a bot in privacy mode sees ("Privacy mode"). */
import type { ChatMessage, Person } from "./message.ts";

const SERVICE = ["new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id"] as const;

/** Of a group: commands, replies to the bot, mentions of it and service messages; of all other chats everything. */
export function isMeantForBot(message: ChatMessage, me: Person): boolean {
  if (message.chat.type === "private" || message.chat.type === "channel") return true;
  return SERVICE.some((field) => message[field] !== undefined) || isAddressed(message, me);
}

function isAddressed(message: ChatMessage, me: Person): boolean {
  if (message.reply_to_message?.from.id === me.id) return true;
  const text = message.text ?? message.caption ?? "";
  const name = `@${me.username ?? ""}`.toLowerCase();
  return (message.entities ?? message.caption_entities ?? []).some(({ type, offset, length }) => {
    const words = text.slice(offset, offset + length).toLowerCase();
    if (type === "mention") return words === name;
    return type === "bot_command" && (!words.includes("@") || words.endsWith(name));
  });
}
