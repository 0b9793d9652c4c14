/** What the one alarm of a session stands for, besides its turn: read in one query, since it is read at every commit. */
import { PART_IS_OPEN } from "./outbox.ts";

export type Agenda = {
  /** When the next part of an answer is due; null when the outbox is done. */
  readonly partDueAt: number | null;
  /** Whether a command waits to be carried out. */
  readonly hasCommand: boolean;
  /** When `AgentDirectory` is to be told of this session; null when it knows all that it must. */
  readonly reportDueAt: number | null;
};

const QUERY = `SELECT
  (SELECT due_at FROM outbox WHERE ${PART_IS_OPEN} ORDER BY seq LIMIT 1) AS part,
  EXISTS (SELECT 1 FROM inbox WHERE kind = 'command' AND state = 'accepted') AS command,
  (SELECT due_at FROM report) AS report`;

type Row = { part: number | null; command: number; report: number | null };

/** Reads the agenda. */
export function readAgenda(sql: SqlStorage): Agenda {
  const { part, command, report } = sql.exec<Row>(QUERY).one();
  return { partDueAt: part, hasCommand: command === 1, reportDueAt: report };
}
