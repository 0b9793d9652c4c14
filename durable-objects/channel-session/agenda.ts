/** What the one alarm of a session stands for, besides its turn: read in one query, since it is read at every commit. */

export type Agenda = {
  /** When the next part of an answer is due; null when the outbox is done. */
  readonly partDueAt: number | null;
  /** Whether a command waits to be carried out. */
  readonly hasCommand: boolean;
};

const QUERY = `SELECT
  (SELECT due_at FROM outbox WHERE state IN ('pending', 'sending', 'not_sent', 'unknown') ORDER BY seq LIMIT 1) AS part,
  EXISTS (SELECT 1 FROM inbox WHERE kind = 'command' AND state = 'accepted') AS command`;

/** Reads the agenda. */
export function readAgenda(sql: SqlStorage): Agenda {
  const { part, command } = sql.exec<{ part: number | null; command: number }>(QUERY).one();
  return { partDueAt: part, hasCommand: command === 1 };
}
