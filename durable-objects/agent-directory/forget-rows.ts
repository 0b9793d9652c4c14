/** What the directory's own tables hold of somebody, and how it goes. Synchronous SQL only. */
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import { deleteSessions } from "./sessions.ts";

/** Whether the directory knows of a conversation: a turn was asked for, or a session named it. */
export function knowsConversation(sql: SqlStorage, conversation: ConversationKey): boolean {
  const query = `SELECT 1 FROM lanes WHERE conversation = ?1
     UNION ALL SELECT 1 FROM sessions WHERE conversation = ?1 LIMIT 1`;
  return sql.exec(query, conversation).toArray().length > 0;
}

/** Removes whatever names the sessions. A notice that tells of others too stays without them. */
export function deleteTracesOf(sql: SqlStorage, sessions: readonly SessionKey[]): void {
  const keys = JSON.stringify(sessions);
  deleteSessions(sql, sessions);
  sql.exec("DELETE FROM dead_letters WHERE session IN (SELECT value FROM json_each(?))", keys);
  sql.exec("DELETE FROM codes WHERE session IN (SELECT value FROM json_each(?))", keys);
  sql.exec("DELETE FROM code_tries WHERE place IN (SELECT value FROM json_each(?))", keys);
  sql.exec("DELETE FROM errands WHERE about IN (SELECT value FROM json_each(?))", keys);
  sql.exec(
    `UPDATE owner_notices SET body = json_set(body, '$.deadLetters', json(
       (SELECT json_group_array(json(letter.value)) FROM json_each(body, '$.deadLetters') AS letter
        WHERE json_extract(letter.value, '$.session') NOT IN (SELECT value FROM json_each(?1)))))
     WHERE EXISTS (SELECT 1 FROM json_each(body, '$.deadLetters') AS letter
        WHERE json_extract(letter.value, '$.session') IN (SELECT value FROM json_each(?1)))`,
    keys,
  );
  sql.exec("DELETE FROM owner_notices WHERE json_array_length(body, '$.deadLetters') = 0");
}
