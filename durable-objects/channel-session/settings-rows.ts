/** The settings table. Synchronous SQL only. */
import { ACTIVATIONS, QUEUE_MODES, THINKING_LEVELS, USAGE_FOOTERS } from "../../protocol/access.ts";
import { isConversationKey, isSessionKey } from "../../protocol/session-key.ts";
import { DEFAULT_SETTINGS, type SessionSettings } from "./settings.ts";

type Row = {
  activation: string;
  conversation: string | null;
  former_chats: string;
  moved_to: string | null;
  model: string | null;
  thinking: string | null;
  usage_footer: string | null;
  queue: string | null;
};

/** Reads the settings; the defaults if none were ever changed. */
export function readSettings(sql: SqlStorage): SessionSettings {
  const [row] = sql.exec<Row>("SELECT * FROM settings").toArray();
  if (!row) return DEFAULT_SETTINGS;
  const formerChats: readonly string[] = JSON.parse(row.former_chats); // only `changeSettings` writes it
  return {
    activation: oneOf(ACTIVATIONS, row.activation),
    model: row.model,
    thinking: oneOf(THINKING_LEVELS, row.thinking),
    usage: oneOf(USAGE_FOOTERS, row.usage_footer),
    queue: oneOf(QUEUE_MODES, row.queue),
    conversation: row.conversation !== null && isConversationKey(row.conversation) ? row.conversation : null,
    formerChats,
    movedTo: row.moved_to !== null && isSessionKey(row.moved_to) ? row.moved_to : null,
  };
}

/** Changes some of the settings. */
export function changeSettings(sql: SqlStorage, changes: Partial<SessionSettings>): void {
  const settings = { ...readSettings(sql), ...changes };
  sql.exec(
    `INSERT OR REPLACE INTO settings
       (id, activation, model, thinking, usage_footer, queue, conversation, former_chats, moved_to)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)`,
    settings.activation ?? "", // the column is from before there was a configuration to follow
    settings.model,
    settings.thinking,
    settings.usage,
    settings.queue,
    settings.conversation,
    JSON.stringify(settings.formerChats),
    settings.movedTo,
  );
}

/** A value that a later release wrote is none of ours. */
function oneOf<T extends string>(choices: readonly T[], value: string | null): T | null {
  return choices.find((choice) => choice === value) ?? null;
}
