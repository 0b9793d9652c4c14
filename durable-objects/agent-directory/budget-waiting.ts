/** Sessions whose turns wait for something to be left, and how they are told that there is. */
import { backoffMs } from "../../protocol/backoff.ts";
import { DEAD_LETTER_BOUNDS } from "../../protocol/bounds.ts";
import { BUDGET_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { isSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import type { DirectoryContext } from "./directory-context.ts";

/** `held`: what is left is held for other turns. `unpaid`: nothing is left. */
export type Wait = "held" | "unpaid";

/** Puts a session at the end of the queue, if it is not in it. */
export function waitForBudget(sql: SqlStorage, session: SessionKey, why: Wait): void {
  const insert = `INSERT INTO budget_waiting (session, why, attempts) VALUES (?1, ?2, 0)
     ON CONFLICT (session) DO UPDATE SET why = ?2, attempts = 0, due_at = NULL`;
  sql.exec(insert, session, why);
}

/** It waits no longer. */
export function stopWaiting(sql: SqlStorage, session: SessionKey): void {
  sql.exec("DELETE FROM budget_waiting WHERE session = ?", session);
}

/** All are to be told. False: nobody waits. */
export function callAllWaiting(sql: SqlStorage, now: number): boolean {
  return sql.exec("UPDATE budget_waiting SET due_at = ? WHERE due_at IS NULL", now).rowsWritten > 0;
}

/** A turn has given back what it held: that is of use to those who wait for just that, first come first. */
export function callHeld(sql: SqlStorage, now: number): boolean {
  const called = sql.exec(
    `UPDATE budget_waiting SET due_at = ?1 WHERE due_at IS NULL AND seq IN
       (SELECT seq FROM budget_waiting WHERE why = 'held' ORDER BY seq LIMIT ?2)`,
    now,
    BUDGET_BOUNDS.calledAtATimeMax,
  );
  return called.rowsWritten > 0;
}

/** How many wait. */
export function countWaiting(sql: SqlStorage): number {
  return sql.exec<{ n: number }>("SELECT count(*) AS n FROM budget_waiting").one().n;
}

/** When the next one is to be told; null: none is. */
export function nextCallAt(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT min(due_at) AS at FROM budget_waiting").one().at;
}

/** Tells the sessions that are due. Never rejects; a session that asks in vain waits again. */
export async function tellWaiting({ sql, env, config }: DirectoryContext, now: number): Promise<void> {
  const query = "SELECT session, attempts FROM budget_waiting WHERE due_at <= ? ORDER BY seq LIMIT ?";
  const due = sql.exec<{ session: string; attempts: number }>(query, now, OBJECT_BOUNDS.errandsAtATimeMax).toArray();
  for (const { session, attempts } of due) {
    const again = now + backoffMs(attempts + 1, DEAD_LETTER_BOUNDS);
    sql.exec("UPDATE budget_waiting SET attempts = attempts + 1, due_at = ? WHERE session = ?", again, session);
  }
  const told = due.map(async ({ session }) => {
    if (!isSessionKey(session)) return;
    try {
      const { isWanted } = await channelSession(env, session, config()).laneFree();
      // Whoever wants it asks; the answer says whether it waits on.
      if (!isWanted) stopWaiting(sql, session);
      else sql.exec("UPDATE budget_waiting SET due_at = NULL WHERE session = ?", session);
    } catch (error) {
      log("warn", "budget_wake_failed", { session, ...errorFields(error) });
    }
  });
  await Promise.all(told);
}
