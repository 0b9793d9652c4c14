/**
 * The budget: money and tokens that the agent may use in a day and in a month, and what it has used. Money is counted in
 * whole millionths of a dollar, so that sums are exact. Pure.
 */
import * as v from "valibot";
import type { TurnId } from "./ids.ts";
import { count } from "./schema.ts";
import type { ConversationKey } from "./session-key.ts";

/** Millionths of a dollar in one. */
export const MICRO_USD = 1_000_000;

/** What is used or may be used. Tokens: input, output and cache together. */
export type Amount = { readonly microUsd: number; readonly tokens: number };

/** What model calls have used. */
export const spent = v.object({ calls: count, tokens: count, microUsd: count });
export type Spent = v.InferOutput<typeof spent>;

export const NOTHING_SPENT: Spent = { calls: 0, tokens: 0, microUsd: 0 };

/** What a turn is run for. */
export const SPEND_KINDS = ["chat", "heartbeat", "job", "hook"] as const;
export type SpendKind = (typeof SPEND_KINDS)[number];

/** All that a turn has used so far, by model. Saying it again changes nothing: it only ever grows. */
export type TurnSpend = {
  readonly turnId: TurnId;
  /** Who pays follows from it. */
  readonly conversation: ConversationKey;
  readonly kind: SpendKind;
  readonly parts: readonly (Spent & { readonly model: string })[];
};

export const PERIODS = ["day", "month"] as const;
export type Period = (typeof PERIODS)[number];

/** Whose limit: that of the agent as a whole, or that of each guest or group. */
export type Whose = "agent" | "person" | "group";

/** One limit, and what counts against it. */
export type LimitUse = {
  readonly whose: Whose;
  readonly period: Period;
  /** When it begins anew, epoch ms. */
  readonly until: number;
  readonly unit: keyof Amount;
  /** With what the owner has allowed beyond. */
  readonly limit: number;
  readonly spent: number;
  /** Held for turns that are running. */
  readonly reserved: number;
};

/** What the owner is offered when nothing is left: so much more. Good until `until`, once. */
export type BudgetOffer = Amount & { readonly id: string; readonly until: number };

/** A turn is not begun, or not gone on with: nothing is left of this limit. */
export type Unpaid = LimitUse & {
  /** Only where the owner is. */
  readonly offer: BudgetOffer | null;
  /** Of the agent. */
  readonly timezone: string;
};

/** What became of an offer that was taken, or of a wish for more. */
export type AllowOutcome =
  | {
      readonly kind: "allowed";
      readonly amount: Amount;
      /** What may be used now, with all that was allowed; null: as much as one likes. */
      readonly left: { readonly [Unit in keyof Amount]: number | null };
      /** A limit that still lets nothing through; null: none. */
      readonly usedUp: LimitUse | null;
      /** Of the agent. */
      readonly timezone: string;
    }
  /** It was taken before, or its time is over. */
  | { readonly kind: "unknown_offer" }
  | { readonly kind: "no_limit" };

/** One line of what was used. */
export type SpendLine = Spent & {
  readonly payer: string;
  readonly kind: SpendKind;
  readonly model: string;
};

/** What was used today and this month, of which limits. */
export type UsageReport = {
  readonly at: number;
  readonly timezone: string;
  readonly today: Spent;
  readonly month: Spent;
  readonly limits: readonly LimitUse[];
  /** Of this month, the dearest first. */
  readonly lines: readonly SpendLine[];
  /** Turns that hold something now, and turns that wait for money or tokens. */
  readonly running: number;
  readonly waiting: number;
};

/** Dollars as they are written in settings, in whole millionths. */
export function microUsdOf(usd: number): number {
  // What binary fractions add beyond a millionth of a millionth is none of the price.
  return Math.ceil(Math.round(usd * MICRO_USD * 1_000) / 1_000);
}

/** The sum of both. */
export function addSpent(left: Spent, right: Spent): Spent {
  return {
    calls: left.calls + right.calls,
    tokens: left.tokens + right.tokens,
    microUsd: left.microUsd + right.microUsd,
  };
}

/** What of each is more: a report that came out of order takes nothing back. */
export function mostOf(left: Spent, right: Spent): Spent {
  return {
    calls: Math.max(left.calls, right.calls),
    tokens: Math.max(left.tokens, right.tokens),
    microUsd: Math.max(left.microUsd, right.microUsd),
  };
}

/** By how much `now` is beyond `before`; nothing where it is not. */
export function growthOf(before: Spent, now: Spent): Spent {
  return {
    calls: Math.max(0, now.calls - before.calls),
    tokens: Math.max(0, now.tokens - before.tokens),
    microUsd: Math.max(0, now.microUsd - before.microUsd),
  };
}

/** Whether there is anything in it. */
export function isSpent({ calls, tokens, microUsd }: Spent): boolean {
  return calls > 0 || tokens > 0 || microUsd > 0;
}
