/**
 * The budget as a pure state machine: what may be used, what is held for turns that run, and what was used.
 *
 * Laws, kept whatever the order of events: what is used and held together exceeds no limit, but by what the call that a
 * turn was making took beyond its share; a report that comes again changes nothing; what a turn used is never forgotten.
 */
import { assertNever } from "../../protocol/assert.ts";
import {
  type Amount,
  growthOf,
  isSpent,
  type LimitUse,
  mostOf,
  NOTHING_SPENT,
  type Spent,
  type TurnSpend,
} from "../../protocol/budget.ts";
import type { TurnBudget } from "../../protocol/invocation.ts";
import { BUDGET_BOUNDS } from "../../protocol/own-work-bounds.ts";

/** One limit that a turn falls under. */
export type Rule = Pick<LimitUse, "whose" | "period" | "until" | "unit"> & {
  /** Of `sums`. */
  readonly key: string;
  /** Whose reservations count: all, or those of this payer. */
  readonly payer: string | null;
  readonly limit: number;
};

/** What was used in one period by one payer or by all, and what the owner has allowed beyond the limit. */
export type Sum = { readonly spent: Spent; readonly more: Amount };

export type Reservation = TurnBudget & { readonly payer: string; readonly leaseUntil: number };

/** All by their keys: sums by scope and period, reservations and settled parts by turn id. */
export type BudgetState = {
  readonly sums: Readonly<Record<string, Sum>>;
  readonly reservations: Readonly<Record<string, Reservation>>;
  /** What each turn has been booked for, by model. */
  readonly settled: Readonly<Record<string, Readonly<Record<string, Spent>>>>;
};

export const EMPTY_BUDGET: BudgetState = { sums: {}, reservations: {}, settled: {} };

export type BudgetEvent =
  /** A turn is to run. `needs`: what its next model call takes at least. */
  | {
      readonly kind: "begin";
      readonly turnId: string;
      readonly payer: string;
      readonly rules: readonly Rule[];
      readonly needs: Amount | null;
      readonly leaseUntil: number;
    }
  | { readonly kind: "renew"; readonly turnId: string; readonly leaseUntil: number }
  /** All that a turn has used so far; `keys`: of the sums that it counts in. */
  | { readonly kind: "settle"; readonly spend: Pick<TurnSpend, "turnId" | "parts">; readonly keys: readonly string[] }
  /** It does not run any more. */
  | { readonly kind: "release"; readonly turnId: string }
  /** Afterwards `amount` can be used, within all of these rules. */
  | { readonly kind: "allow"; readonly rules: readonly Rule[]; readonly amount: Amount };

export type BudgetReply =
  /** Null: no limit at all. */
  | { readonly kind: "granted"; readonly budget: TurnBudget | null }
  /** There is some left, but it is held for other turns. */
  | { readonly kind: "held" }
  | { readonly kind: "unpaid"; readonly limit: LimitUse }
  /** `booked`: what was new in a report, by model. */
  | { readonly kind: "done"; readonly booked: readonly (Spent & { readonly model: string })[] };

export type BudgetStep = { readonly state: BudgetState; readonly reply: BudgetReply };

const RESERVE: Amount = { microUsd: BUDGET_BOUNDS.reserveMicroUsd, tokens: BUDGET_BOUNDS.reserveTokens };
const NO_SUM: Sum = { spent: NOTHING_SPENT, more: { microUsd: 0, tokens: 0 } };
const DONE: BudgetReply = { kind: "done", booked: [] };

/** One transition. Pure: the caller stores the state before it answers the reply. */
export function stepBudget(state: BudgetState, event: BudgetEvent, now: number): BudgetStep {
  switch (event.kind) {
    case "begin":
      return begin(withoutExpired(state, now), event);
    case "renew": {
      const held = state.reservations[event.turnId];
      if (held === undefined) return { state, reply: DONE };
      const renewed = { ...held, leaseUntil: event.leaseUntil };
      return { state: { ...state, reservations: { ...state.reservations, [event.turnId]: renewed } }, reply: DONE };
    }
    case "settle":
      return settle(state, event);
    case "release":
      return { state: released(state, event.turnId), reply: DONE };
    case "allow":
      return allow(state, event);
    default:
      return assertNever(event);
  }
}

/** How a rule stands: what counts against it, but for one turn's own share. */
export function useOf(state: BudgetState, rule: Rule, exceptTurn: string | null = null): LimitUse {
  const { whose, period, until, unit, key, payer, limit } = rule;
  const { spent, more } = state.sums[key] ?? NO_SUM;
  const others = Object.entries(state.reservations).filter(
    ([turnId, held]) => turnId !== exceptTurn && (payer === null || held.payer === payer),
  );
  const reserved = others.reduce((sum, [, held]) => sum + (held[unit] ?? 0), 0);
  return { whose, period, until, unit, limit: limit + more[unit], spent: spent[unit], reserved };
}

/** What the owner is offered: a part of the day's budget, and at least what is needed. */
export function offeredMore(rules: readonly Rule[], needs: Amount | null): Amount {
  const of = (unit: keyof Amount) => {
    const perDay = rules
      .filter((rule) => rule.unit === unit)
      .map(({ period, limit }) => (period === "day" ? limit : limit / DAYS_OF_MONTH));
    if (perDay.length === 0) return 0;
    const part = Math.ceil(Math.min(...perDay) * BUDGET_BOUNDS.allowMorePart);
    // Of a budget of nothing any part is nothing.
    return Math.max(part === 0 ? RESERVE[unit] : part, needs?.[unit] ?? 0);
  };
  return { microUsd: of("microUsd"), tokens: of("tokens") };
}

const DAYS_OF_MONTH = 30;

function begin(state: BudgetState, event: Extract<BudgetEvent, { kind: "begin" }>): BudgetStep {
  const { turnId, payer, rules, needs, leaseUntil } = event;
  const free = released(state, turnId);
  if (rules.length === 0) return { state: free, reply: { kind: "granted", budget: null } };
  const uses = rules.map((rule) => useOf(free, rule));
  const least = (use: LimitUse) => Math.max(1, needs?.[use.unit] ?? 0);
  const used = uses.filter((use) => use.limit - use.spent < least(use));
  // The one that is in the way for longest.
  const [blocking] = used.toSorted((a, b) => b.until - a.until);
  if (blocking) return { state: free, reply: { kind: "unpaid", limit: blocking } };
  if (uses.some((use) => leftOf(use) < least(use))) return { state: free, reply: { kind: "held" } };
  const share = (unit: keyof Amount) => {
    const left = uses.filter((use) => use.unit === unit).map(leftOf);
    return left.length === 0 ? null : Math.min(...left, Math.max(RESERVE[unit], needs?.[unit] ?? 0));
  };
  const budget: TurnBudget = { microUsd: share("microUsd"), tokens: share("tokens") };
  const reservations = { ...free.reservations, [turnId]: { ...budget, payer, leaseUntil } };
  return { state: { ...free, reservations }, reply: { kind: "granted", budget } };
}

function leftOf({ limit, spent, reserved }: LimitUse): number {
  return limit - spent - reserved;
}

function settle(state: BudgetState, { spend, keys }: Extract<BudgetEvent, { kind: "settle" }>): BudgetStep {
  const before = state.settled[spend.turnId] ?? {};
  const booked = spend.parts
    .map(({ model, ...total }) => ({ model, ...growthOf(before[model] ?? NOTHING_SPENT, total) }))
    .filter(isSpent);
  if (booked.length === 0) return { state, reply: DONE };
  const parts = spend.parts.map(({ model, ...total }) => [model, mostOf(before[model] ?? NOTHING_SPENT, total)]);
  const settled = { ...state.settled, [spend.turnId]: { ...before, ...Object.fromEntries(parts) } };
  const total = booked.reduce<Spent>((sum, part) => plus(sum, part), NOTHING_SPENT);
  const sums = keys.map((key) => {
    const sum = state.sums[key] ?? NO_SUM;
    return [key, { ...sum, spent: plus(sum.spent, total) }];
  });
  const held = state.reservations[spend.turnId];
  const reservations = held
    ? { ...state.reservations, [spend.turnId]: { ...held, ...shareLeft(held, total) } }
    : state.reservations;
  return {
    state: { sums: { ...state.sums, ...Object.fromEntries(sums) }, reservations, settled },
    reply: { kind: "done", booked },
  };
}

function plus(left: Spent, right: Spent): Spent {
  return {
    calls: left.calls + right.calls,
    tokens: left.tokens + right.tokens,
    microUsd: left.microUsd + right.microUsd,
  };
}

/** What was held for it is used now, and not held any more. */
function shareLeft(held: TurnBudget, used: Spent): TurnBudget {
  const left = (unit: keyof Amount) => {
    const share = held[unit];
    return share === null ? null : Math.max(0, share - used[unit]);
  };
  return { microUsd: left("microUsd"), tokens: left("tokens") };
}

function allow(state: BudgetState, { rules, amount }: Extract<BudgetEvent, { kind: "allow" }>): BudgetStep {
  const raised = rules.reduce<BudgetState>((current, rule) => {
    const missing = amount[rule.unit] - leftOf(useOf(current, rule));
    if (missing <= 0) return current;
    const sum = current.sums[rule.key] ?? NO_SUM;
    const more = { ...sum.more, [rule.unit]: sum.more[rule.unit] + missing };
    return { ...current, sums: { ...current.sums, [rule.key]: { ...sum, more } } };
  }, state);
  return { state: raised, reply: DONE };
}

function withoutExpired(state: BudgetState, now: number): BudgetState {
  const over = Object.entries(state.reservations).filter(([, { leaseUntil }]) => leaseUntil <= now);
  return over.reduce((left, [turnId]) => released(left, turnId), state);
}

function released(state: BudgetState, turnId: string): BudgetState {
  if (state.reservations[turnId] === undefined) return state;
  const { [turnId]: _, ...reservations } = state.reservations;
  return { ...state, reservations };
}
