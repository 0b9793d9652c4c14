/** Offers to the owner to allow more: each can be taken once, until its day is over. Synchronous SQL only. */
import type { Amount, BudgetOffer } from "../../protocol/budget.ts";
import { isSpaceId, type SpaceId } from "../../protocol/space.ts";

type Row = {
  offer: string;
  taken_by: string | null;
  payer: string;
  micro_usd: number;
  tokens: number;
  expires_at: number;
};

/** The open offer about something, or this one. */
export function offerAbout(
  sql: SqlStorage,
  about: string,
  payer: SpaceId,
  fresh: BudgetOffer,
  now: number,
): { readonly offer: BudgetOffer; readonly isNew: boolean } {
  sql.exec("DELETE FROM budget_offers WHERE expires_at <= ?", now);
  const [open] = sql.exec<Row>("SELECT * FROM budget_offers WHERE about = ? AND taken_by IS NULL", about).toArray();
  if (open) {
    const { offer: id, micro_usd: microUsd, tokens, expires_at: until } = open;
    return { offer: { id, microUsd, tokens, until }, isNew: false };
  }
  sql.exec(
    "INSERT OR IGNORE INTO budget_offers (offer, about, payer, micro_usd, tokens, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    fresh.id,
    about,
    payer,
    fresh.microUsd,
    fresh.tokens,
    fresh.until,
  );
  return { offer: fresh, isNew: true };
}

/** `isNew`: it was not taken before. Null: there is none of that name, or somebody else has taken it. */
export type TakenOffer = { readonly payer: SpaceId; readonly amount: Amount; readonly isNew: boolean } | null;

/** Takes an offer. `by`: of the wish to, which may be told again. */
export function takeOffer(sql: SqlStorage, id: string, by: string, now: number): TakenOffer {
  const query = "SELECT * FROM budget_offers WHERE offer = ? AND expires_at > ?";
  const [row] = sql.exec<Row>(query, id, now).toArray();
  if (!row || !isSpaceId(row.payer) || (row.taken_by !== null && row.taken_by !== by)) return null;
  sql.exec("UPDATE budget_offers SET taken_by = ? WHERE offer = ?", by, id);
  const amount = { microUsd: row.micro_usd, tokens: row.tokens };
  return { payer: row.payer, amount, isNew: row.taken_by === null };
}
