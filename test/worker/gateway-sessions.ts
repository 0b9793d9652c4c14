/** What the sessions of Discord have taken. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { SessionKey } from "../../protocol/session-key.ts";

/** The ids of the messages that a session has, in their order. */
export function takenBy(session: SessionKey): Promise<readonly string[]> {
  return runInDurableObject(env.CHANNEL_SESSION.getByName(session), (_object, { storage: { sql } }) =>
    sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'inbox'").toArray().length === 0
      ? []
      : sql
          .exec<{ inbound_id: string }>("SELECT inbound_id FROM inbox ORDER BY seq")
          .toArray()
          .map(({ inbound_id }) => inbound_id.split(":").at(-1) ?? ""),
  );
}
