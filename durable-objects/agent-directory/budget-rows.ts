/** The rows of the budget: loads what one step needs, stores what it changed. Synchronous SQL only. */
import type { Spent } from "../../protocol/budget.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import type { BudgetState, Reservation, Sum } from "./budget.ts";

type Numbers = { calls: number; tokens: number; micro_usd: number };
type SumRow = Numbers & { key: string; more_tokens: number; more_micro_usd: number };
type PartRow = Numbers & { turn_id: string; model: string };
type ReservationRow = {
  turn_id: string;
  payer: string;
  micro_usd: number | null;
  tokens: number | null;
  lease_until: number;
};

/** What a step looks at: these sums, what these turns were booked for, and all reservations. */
export function loadBudget(sql: SqlStorage, keys: readonly string[], turnIds: readonly string[]): BudgetState {
  const wanted = (values: readonly string[]) => JSON.stringify(values);
  const sums = sql
    .exec<SumRow>("SELECT * FROM budget_sums WHERE key IN (SELECT value FROM json_each(?))", wanted(keys))
    .toArray();
  const parts = sql
    .exec<PartRow>(
      "SELECT turn_id, model, calls, tokens, micro_usd FROM turn_spend WHERE turn_id IN (SELECT value FROM json_each(?))",
      wanted(turnIds),
    )
    .toArray();
  const reservations = sql
    .exec<ReservationRow>("SELECT turn_id, payer, micro_usd, tokens, lease_until FROM reservations")
    .toArray();
  const byTurn = Map.groupBy(parts, (part) => part.turn_id);
  return {
    sums: Object.fromEntries(sums.map((row) => [row.key, sumOf(row)])),
    reservations: Object.fromEntries(reservations.map((row) => [row.turn_id, reservationOf(row)])),
    settled: Object.fromEntries(
      [...byTurn].map(([turnId, of]) => [turnId, Object.fromEntries(of.map((part) => [part.model, spentOf(part)]))]),
    ),
  };
}

function sumOf(row: SumRow): Sum {
  return { spent: spentOf(row), more: { microUsd: row.more_micro_usd, tokens: row.more_tokens } };
}

function spentOf({ calls, tokens, micro_usd: microUsd }: Numbers): Spent {
  return { calls, tokens, microUsd };
}

function reservationOf({ payer, micro_usd: microUsd, tokens, lease_until: leaseUntil }: ReservationRow): Reservation {
  return { payer, microUsd, tokens, leaseUntil };
}

/** Stores where two states differ. `conversation`: of the turn that the step was about. */
export function storeBudget(
  sql: SqlStorage,
  before: BudgetState,
  after: BudgetState,
  conversation: ConversationKey | null,
  now: number,
): void {
  for (const [key, { spent, more }] of changed(before.sums, after.sums)) {
    sql.exec(
      "INSERT OR REPLACE INTO budget_sums (key, calls, tokens, micro_usd, more_tokens, more_micro_usd) VALUES (?, ?, ?, ?, ?, ?)",
      key,
      spent.calls,
      spent.tokens,
      spent.microUsd,
      more.tokens,
      more.microUsd,
    );
  }
  for (const turnId of Object.keys(before.reservations)) {
    if (!Object.hasOwn(after.reservations, turnId)) sql.exec("DELETE FROM reservations WHERE turn_id = ?", turnId);
  }
  for (const [turnId, held] of changed(before.reservations, after.reservations)) {
    sql.exec(
      `INSERT INTO reservations (turn_id, conversation, payer, micro_usd, tokens, lease_until)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (turn_id) DO UPDATE SET micro_usd = ?4, tokens = ?5, lease_until = ?6`,
      turnId,
      conversation ?? "",
      held.payer,
      held.microUsd,
      held.tokens,
      held.leaseUntil,
    );
  }
  for (const [turnId, parts] of changed(before.settled, after.settled)) {
    for (const [model, { calls, tokens, microUsd }] of Object.entries(parts)) {
      sql.exec(
        "INSERT OR REPLACE INTO turn_spend (turn_id, model, calls, tokens, micro_usd, settled_at) VALUES (?, ?, ?, ?, ?, ?)",
        turnId,
        model,
        calls,
        tokens,
        microUsd,
        now,
      );
    }
  }
}

function changed<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): readonly [string, T][] {
  return Object.entries(after).filter(([key, value]) => !Object.hasOwn(before, key) || before[key] !== value);
}

/** The turns that hold something for a conversation, but for the one that runs. */
export function otherHolders(sql: SqlStorage, conversation: ConversationKey, turnId: string | null): readonly string[] {
  return sql
    .exec<{ turn_id: string }>(
      "SELECT turn_id FROM reservations WHERE conversation = ? AND turn_id IS NOT ?",
      conversation,
      turnId,
    )
    .toArray()
    .map((row) => row.turn_id);
}

/** Whether something is held for a turn. */
export function holdsAnything(sql: SqlStorage, turnId: string): boolean {
  return sql.exec("SELECT 1 FROM reservations WHERE turn_id = ?", turnId).toArray().length > 0;
}
