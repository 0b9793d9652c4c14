/** The settings table. Synchronous SQL only. */
import { isConversationKey, isSessionKey } from "../../protocol/session-key.ts";
import { DEFAULT_SETTINGS, type SessionSettings } from "./settings.ts";

type Row = { activation: string; conversation: string | null; former_chats: string; moved_to: string | null };

/** Reads the settings; the defaults if none were ever changed. */
export function readSettings(sql: SqlStorage): SessionSettings {
  const query = "SELECT activation, conversation, former_chats, moved_to FROM settings";
  const [row] = sql.exec<Row>(query).toArray();
  if (!row) return DEFAULT_SETTINGS;
  const formerChats: readonly string[] = JSON.parse(row.former_chats); // only `changeSettings` writes it
  return {
    activation: row.activation === "always" ? "always" : "mention",
    conversation: row.conversation !== null && isConversationKey(row.conversation) ? row.conversation : null,
    formerChats,
    movedTo: row.moved_to !== null && isSessionKey(row.moved_to) ? row.moved_to : null,
  };
}

/** Changes some of the settings. */
export function changeSettings(sql: SqlStorage, changes: Partial<SessionSettings>): void {
  const { activation, conversation, formerChats, movedTo } = { ...readSettings(sql), ...changes };
  sql.exec(
    `INSERT OR REPLACE INTO settings (id, activation, conversation, former_chats, moved_to) VALUES (1, ?, ?, ?, ?)`,
    activation,
    conversation,
    JSON.stringify(formerChats),
    movedTo,
  );
}
