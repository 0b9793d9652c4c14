/** The pairing table: the code that a stranger was given, for as long as it is good. */

/** When the code is over; null: there is none. */
export function pairingUntil(sql: SqlStorage): number | null {
  const [row] = sql.exec<{ expires_at: number }>("SELECT expires_at FROM pairing").toArray();
  return row?.expires_at ?? null;
}

/** Remembers the code that its stranger is told. */
export function keepPairing(sql: SqlStorage, { code, expiresAt }: { code: string; expiresAt: number }): void {
  sql.exec("INSERT OR REPLACE INTO pairing (id, code, expires_at) VALUES (1, ?, ?)", code, expiresAt);
}

/** The stranger was let in, or the code is over. */
export function dropPairing(sql: SqlStorage): void {
  sql.exec("DELETE FROM pairing");
}

/** Whether nothing is stored but what a stranger leaves: nobody here ever had a message taken in. */
export function holdsOnlyStranger(sql: SqlStorage): boolean {
  const query = "SELECT EXISTS (SELECT 1 FROM inbox) OR EXISTS (SELECT 1 FROM turns) AS is_used";
  return sql.exec<{ is_used: number }>(query).one().is_used === 0;
}
