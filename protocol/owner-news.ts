/** What the owner must know of the assistant itself, as the edge's objects speak of it. */
import type { BudgetOffer, LimitUse } from "./budget.ts";

/** Why the Gateway is not opened again by itself: what Discord refuses as long as nobody changes something. */
export const GATEWAY_STOPS = [
  "authentication",
  "shard",
  "api_version",
  "invalid_intents",
  "disallowed_intents",
] as const;
export type GatewayStop = (typeof GATEWAY_STOPS)[number];

export type OwnerNews =
  /** `code`: of the close frame; null: Discord said it by HTTP. */
  | { readonly kind: "gateway_stopped"; readonly reason: GatewayStop; readonly code: number | null }
  /** Written while the Gateway was away, and not fetched: beyond what is looked through. `chats`: in how many. */
  | { readonly kind: "messages_missed"; readonly messages: number; readonly chats: number }
  /** Somebody or something waits because nothing is left. `payer`: whose space; `title`: what people call the chat. */
  | {
      readonly kind: "budget_spent";
      readonly payer: string;
      readonly title: string | null;
      readonly timezone: string;
      readonly use: LimitUse;
      readonly offer: BudgetOffer;
    };
