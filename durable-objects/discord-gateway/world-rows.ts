/** What other events told of the places of events. Synchronous SQL only. */
import type { BotSelf, GatewayWorld } from "../../worker/channels/registry.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Thread, WorldChange } from "./world-events.ts";

/** What is known, for whoever reads an event. */
export function worldOf(sql: SqlStorage, self: BotSelf): GatewayWorld {
  return {
    self,
    botRole: (guildId) => {
      const query = "SELECT role_id FROM bot_roles WHERE guild_id = ?";
      return sql.exec<{ role_id: string }>(query, guildId).toArray()[0]?.role_id ?? null;
    },
    thread: (channelId) => {
      const query = "SELECT parent_id, is_ours FROM threads WHERE thread_id = ?";
      const [row] = sql.exec<{ parent_id: string; is_ours: number }>(query, channelId).toArray();
      return row ? { parentId: row.parent_id, isOurs: row.is_ours === 1 } : null;
    },
  };
}

/** Writes down what an event told. What is known already is not written again. */
export function changeWorld(sql: SqlStorage, change: WorldChange, botId: string, now: number): void {
  const { threads = [], endedThreads = [], botRole, endedRole } = change;
  for (const thread of threads) putThread(sql, thread, botId, now);
  if (threads.length > 0) prune(sql, "threads", "thread_id", GATEWAY_BOUNDS.threadsMax);
  for (const threadId of endedThreads) sql.exec("DELETE FROM threads WHERE thread_id = ?", threadId);
  if (botRole) putRole(sql, botRole.guildId, botRole.roleId, now);
  if (endedRole !== undefined) sql.exec("DELETE FROM bot_roles WHERE role_id = ?", endedRole);
}

function putThread(
  sql: SqlStorage,
  { threadId, guildId, parentId, ownerId }: Thread,
  botId: string,
  now: number,
): void {
  sql.exec(
    `INSERT INTO threads (thread_id, guild_id, parent_id, is_ours, known_at) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (thread_id) DO UPDATE SET parent_id = ?3, is_ours = max(is_ours, ?4), known_at = ?5
       WHERE parent_id <> ?3 OR is_ours < ?4`,
    threadId,
    guildId,
    parentId,
    ownerId === botId ? 1 : 0,
    now,
  );
}

function putRole(sql: SqlStorage, guildId: string, roleId: string | null, now: number): void {
  if (roleId === null) return void sql.exec("DELETE FROM bot_roles WHERE guild_id = ?", guildId);
  sql.exec(
    `INSERT INTO bot_roles (guild_id, role_id, known_at) VALUES (?1, ?2, ?3)
     ON CONFLICT (guild_id) DO UPDATE SET role_id = ?2, known_at = ?3 WHERE role_id <> ?2`,
    guildId,
    roleId,
    now,
  );
  prune(sql, "bot_roles", "guild_id", GATEWAY_BOUNDS.guildsMax);
}

/** Forgets those that have been known the longest beyond a number. */
function prune(sql: SqlStorage, table: "threads" | "bot_roles", key: string, max: number): void {
  sql.exec(
    `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} ORDER BY known_at DESC LIMIT -1 OFFSET ?)`,
    max,
  );
}
