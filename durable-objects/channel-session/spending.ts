/** What the turns of a session have used, until the directory has it. Synchronous SQL only. */
import {
  addSpent,
  type Amount,
  growthOf,
  isSpent,
  microUsdOf,
  NOTHING_SPENT,
  SPEND_KINDS,
  type SpendKind,
  type Spent,
  type TurnSpend,
} from "../../protocol/budget.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import { BUDGET_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import type { Usage } from "../../protocol/turn-event.ts";

type Row = {
  turn_id: string;
  model: string;
  conversation: string;
  kind: string;
  calls: number;
  tokens: number;
  micro_usd: number;
};

/** Whose spending it is. */
export type Spender = { readonly turnId: TurnId; readonly conversation: ConversationKey; readonly kind: SpendKind };

/** Notes a model call. `total`: of all calls of the turn, which makes up for what was not heard of. */
export function noteSpending(
  sql: SqlStorage,
  { turnId, conversation, kind }: Spender,
  usage: Usage,
  total: Spent | undefined,
  now: number,
): void {
  const known = spentBy(sql, turnId);
  const more = growthOf(known, total ?? addSpent(known, callOf(usage)));
  if (!isSpent(more)) return;
  sql.exec(
    `INSERT INTO spending (turn_id, model, conversation, kind, calls, tokens, micro_usd, due_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     ON CONFLICT (turn_id, model)
       DO UPDATE SET calls = calls + ?5, tokens = tokens + ?6, micro_usd = micro_usd + ?7, due_at = ?8`,
    turnId,
    usage.model,
    conversation,
    kind,
    more.calls,
    more.tokens,
    more.microUsd,
    now + BUDGET_BOUNDS.tellAfterMs,
  );
}

function callOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd }: Usage): Spent {
  const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
  return { calls: 1, tokens, microUsd: microUsdOf(costUsd) };
}

/** What a turn is known to have used. */
export function spentBy(sql: SqlStorage, turnId: TurnId): Spent {
  const query = `SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(tokens), 0) AS tokens,
       coalesce(sum(micro_usd), 0) AS microUsd FROM spending WHERE turn_id = ?`;
  const { calls, tokens, microUsd } = sql.exec<Amount & { calls: number }>(query, turnId).one();
  return isSpent({ calls, tokens, microUsd }) ? { calls, tokens, microUsd } : NOTHING_SPENT;
}

/** All that the directory may not know yet. */
export function readSpending(sql: SqlStorage): readonly TurnSpend[] {
  const rows = sql.exec<Row>("SELECT * FROM spending ORDER BY turn_id, model").toArray();
  return [...Map.groupBy(rows, (row) => row.turn_id)].flatMap(([turnId, of]) => {
    const [first] = of;
    if (!first || !isTurnId(turnId) || !isConversationKey(first.conversation)) return [];
    const kind = SPEND_KINDS.find((known) => known === first.kind) ?? "chat";
    const parts = of.map(({ model, calls, tokens, micro_usd: microUsd }) => ({ model, calls, tokens, microUsd }));
    return [{ turnId, conversation: first.conversation, kind, parts }];
  });
}

/** The directory has it. What a turn that goes on has used stays, for what it uses next is added to it. */
export function settleSpending(sql: SqlStorage, told: readonly TurnSpend[], current: TurnId | null): void {
  for (const { turnId, parts } of told) {
    for (const { model, calls, tokens, microUsd } of parts) {
      const same = "turn_id = ? AND model = ? AND calls = ? AND tokens = ? AND micro_usd = ?";
      const statement =
        turnId === current ? `UPDATE spending SET due_at = NULL WHERE ${same}` : `DELETE FROM spending WHERE ${same}`;
      sql.exec(statement, turnId, model, calls, tokens, microUsd);
    }
  }
}

/** It is told after a pause, if nothing else takes it along meanwhile. */
export function putOffSpending(sql: SqlStorage, now: number): void {
  sql.exec("UPDATE spending SET due_at = ? WHERE due_at <= ?", now + BUDGET_BOUNDS.tellAfterMs, now);
}
