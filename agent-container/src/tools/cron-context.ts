/** What was said last, below the text of a reminder: whoever is reminded knows again what it was about. Pure. */
import type { HistoryEntry } from "../../../protocol/invocation.ts";

export const CRON_CONTEXT_BOUNDS = {
  /** Messages, and UTF-16 units of each and of all. OpenClaw. */
  messagesMax: 10,
  messageMax: 220,
  allMax: 700,
} as const;

/** The newest `limit` messages of the conversation, oldest first. */
export type RecentMessages = (limit: number) => Promise<readonly HistoryEntry[]>;

/** The text with the newest of the messages that there is room for. */
export function withRecent(text: string, messages: readonly HistoryEntry[]): string {
  const lines: string[] = [];
  let room: number = CRON_CONTEXT_BOUNDS.allMax;
  for (const { role, text: said } of messages.toReversed()) {
    const line = `- ${role === "user" ? "You" : "I"}: ${shortened(said)}`;
    room -= line.length + 1;
    if (room < 0) break;
    lines.push(line);
  }
  return lines.length === 0 ? text : `${text}\n\nBefore that:\n${lines.reverse().join("\n")}`;
}

function shortened(said: string): string {
  const line = said.replaceAll(/\s+/g, " ").trim();
  const { messageMax } = CRON_CONTEXT_BOUNDS;
  return line.length <= messageMax ? line : `${line.slice(0, messageMax - 1).toWellFormed()}…`;
}
