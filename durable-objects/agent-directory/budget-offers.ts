/** Offers to the owner to allow more: each can be taken once, until its day is over. Synchronous SQL only. */
import type { Amount, BudgetOffer } from "../../protocol/budget.ts";
import { isSpaceId, type SpaceId } from "../../protocol/space.ts";

type Row = { offer: string; payer: string; micro_usd: number; tokens: number; expires_at: number };

/** The open offer about something, or this one. */
export function offerAbout(
  sql: SqlStorage,
  about: string,
  payer: SpaceId,
  fresh: BudgetOffer,
  now: number,
): { readonly offer: BudgetOffer; readonly isNew: boolean } {
  sql.exec("DELETE FROM budget_offers WHERE expires_at <= ?", now);
  const [open] = sql.exec<Row>("SELECT * FROM budget_offers WHERE about = ?", about).toArray();
  if (open) {
    const { offer: id, micro_usd: microUsd, tokens, expires_at: until } = open;
    return { offer: { id, microUsd, tokens, until }, isNew: false };
  }
  sql.exec(
    "INSERT INTO budget_offers (offer, about, payer, micro_usd, tokens, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    ...[fresh.id, about, payer, fresh.microUsd, fresh.tokens, fresh.until],
  );
  return { offer: fresh, isNew: true };
}

/** Takes an offer, which nobody can take again; null: there is none of that name. */
export function takeOffer(
  sql: SqlStorage,
  id: string,
  now: number,
): { readonly payer: SpaceId; readonly amount: Amount } | null {
  const [row] = sql
    .exec<Row>("DELETE FROM budget_offers WHERE offer = ? AND expires_at > ? RETURNING *", id, now)
    .toArray();
  if (!row || !isSpaceId(row.payer)) return null;
  return { payer: row.payer, amount: { microUsd: row.micro_usd, tokens: row.tokens } };
}
