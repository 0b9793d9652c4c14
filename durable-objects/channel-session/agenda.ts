/** What the one alarm of a session stands for, besides its turn: read in one query, since it is read at every commit. */
import { PART_IS_OPEN } from "./outbox.ts";

export type Agenda = {
  /** When the next part of an answer is due; null when the outbox is done. */
  readonly partDueAt: number | null;
  /** Whether a command waits to be carried out. */
  readonly hasCommand: boolean;
  /** When `AgentDirectory` is to be told of this session; null when it knows all that it must. */
  readonly reportDueAt: number | null;
  /** When `JobScheduler` is to be told what came of background work; null when it knows. */
  readonly outcomeDueAt: number | null;
  /** When the directory is to be told what was used; null when it knows. */
  readonly spendingDueAt: number | null;
  /** Until when the first message that waits for more of itself waits; null when none does. */
  readonly heldUntil: number | null;
  /** When the code that a stranger was given is over; null when there is none. */
  readonly pairingUntil: number | null;
};

const QUERY = `SELECT
  (SELECT due_at FROM outbox WHERE ${PART_IS_OPEN} ORDER BY seq LIMIT 1) AS part,
  EXISTS (SELECT 1 FROM inbox WHERE kind = 'command' AND state = 'accepted') AS command,
  (SELECT due_at FROM report) AS report,
  (SELECT min(due_at) FROM outcomes) AS outcome,
  (SELECT min(due_at) FROM spending) AS spending,
  (SELECT min(held_until) FROM inbox WHERE state = 'held') AS held,
  (SELECT expires_at FROM pairing) AS pairing`;

type Row = {
  part: number | null;
  command: number;
  report: number | null;
  outcome: number | null;
  spending: number | null;
  held: number | null;
  pairing: number | null;
};

/** Reads the agenda. */
export function readAgenda(sql: SqlStorage): Agenda {
  const { part, command, report, outcome, spending, held, pairing } = sql.exec<Row>(QUERY).one();
  return {
    partDueAt: part,
    hasCommand: command === 1,
    reportDueAt: report,
    outcomeDueAt: outcome,
    spendingDueAt: spending,
    heldUntil: held,
    pairingUntil: pairing,
  };
}
