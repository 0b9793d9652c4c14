/** The ledger of what was used: by day, payer, kind of work and model. Synchronous SQL only. */
import { SPEND_KINDS, type SpendKind, type SpendLine, type Spent } from "../../protocol/budget.ts";
import { DAY_MS } from "../../protocol/wall-clock.ts";
import { BUDGET_BOUNDS } from "../../protocol/own-work-bounds.ts";

export type Booking = Spent & {
  readonly day: string;
  readonly payer: string;
  readonly kind: SpendKind;
  readonly model: string;
};

type Row = { payer: string; kind: string; model: string; calls: number; tokens: number; micro_usd: number };

/** Adds to a line. */
export function bookSpend(sql: SqlStorage, { day, payer, kind, model, calls, tokens, microUsd }: Booking): void {
  sql.exec(
    `INSERT INTO spend (day, payer, kind, model, calls, tokens, micro_usd) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT (day, payer, kind, model)
       DO UPDATE SET calls = min(calls + ?5, ?8), tokens = min(tokens + ?6, ?8), micro_usd = min(micro_usd + ?7, ?8)`,
    day,
    payer,
    kind,
    model,
    calls,
    tokens,
    microUsd,
    Number.MAX_SAFE_INTEGER,
  );
}

/** The lines of the days that begin with `month`, the dearest first; `payer`: of one only. */
export function readSpend(sql: SqlStorage, month: string, payer: string | null): readonly SpendLine[] {
  const query = `SELECT payer, kind, model, sum(calls) AS calls, sum(tokens) AS tokens, sum(micro_usd) AS micro_usd
     FROM spend WHERE day >= ?1 || '-01' AND day <= ?1 || '-31' AND (?2 IS NULL OR payer = ?2)
     GROUP BY payer, kind, model ORDER BY micro_usd DESC, tokens DESC LIMIT ?3`;
  return sql
    .exec<Row>(query, month, payer, BUDGET_BOUNDS.linesMax)
    .toArray()
    .map(({ micro_usd: microUsd, kind, ...line }) => ({
      ...line,
      microUsd,
      kind: SPEND_KINDS.find((known) => known === kind) ?? "chat",
    }));
}

/** Forgets days and turns that nobody asks about any more. */
export function sweepSpend(sql: SqlStorage, now: number): void {
  const firstKept = new Date(now - BUDGET_BOUNDS.daysKept * DAY_MS).toISOString().slice(0, 10);
  sql.exec("DELETE FROM spend WHERE day < ?", firstKept);
  sql.exec("DELETE FROM budget_sums WHERE key < ?", firstKept.slice(0, 7));
  sql.exec("DELETE FROM turn_spend WHERE settled_at < ?", now - BUDGET_BOUNDS.settledKeptMs);
}

/** What somebody used stays in the sums, without their name. */
export function forgetPayer(sql: SqlStorage, payer: string): void {
  const rows = sql.exec<Row & { day: string }>("DELETE FROM spend WHERE payer = ? RETURNING *", payer).toArray();
  for (const { day, kind, model, calls, tokens, micro_usd: microUsd } of rows) {
    const known = SPEND_KINDS.find((one) => one === kind) ?? "chat";
    bookSpend(sql, { day, payer: FORGOTTEN, kind: known, model, calls, tokens, microUsd });
  }
  sql.exec("DELETE FROM budget_sums WHERE substr(key, instr(key, ' ') + 1) = ?", payer);
  sql.exec("DELETE FROM budget_offers WHERE payer = ?", payer);
}

const FORGOTTEN = "forgotten";
