/** The settings table: what a session remembers of how it is to behave, and where it came from or went. */
import { type ConversationKey, isConversationKey, isSessionKey, type SessionKey } from "../../protocol/session-key.ts";

/** When a group message is for us: only when it is addressed to us, or always. */
export type Activation = "mention" | "always";

export type SessionSettings = {
  readonly activation: Activation;
  /** What a group that came from another id remembers; null: its own. */
  readonly conversation: ConversationKey | null;
  /** The ids that the chat had before; a list that lets one of them in lets the chat in. */
  readonly formerChats: readonly string[];
  /** The chat goes on there. */
  readonly movedTo: SessionKey | null;
};

export const DEFAULT_SETTINGS: SessionSettings = {
  activation: "mention",
  conversation: null,
  formerChats: [],
  movedTo: null,
};

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
