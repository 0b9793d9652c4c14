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
  /** So much more can be used than before, within all of these rules; a unit of which it is nothing stays as it is. */
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

/** What a map has itself under a key, which may be called `constructor`. */
function ownOf<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

const RESERVE: Amount = { microUsd: BUDGET_BOUNDS.reserveMicroUsd, tokens: BUDGET_BOUNDS.reserveTokens };
const NO_SUM: Sum = { spent: NOTHING_SPENT, more: { microUsd: 0, tokens: 0 } };
const DONE: BudgetReply = { kind: "done", booked: [] };

/** One transition. Pure: the caller stores the state before it answers the reply. */
export function stepBudget(state: BudgetState, event: BudgetEvent, now: number): BudgetStep {
  switch (event.kind) {
    case "begin":
      return begin(withoutExpired(state, now), event);
    case "renew": {
      const held = ownOf(state.reservations, event.turnId);
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
  const { spent, more } = ownOf(state.sums, key) ?? NO_SUM;
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
    // At least one call is to get through, also where nobody knows what it takes.
    return Math.max(part, (needs === null ? RESERVE : sensible(needs))[unit]);
  };
  return { microUsd: of("microUsd"), tokens: of("tokens") };
}

const DAYS_OF_MONTH = 30;

function begin(state: BudgetState, event: Extract<BudgetEvent, { kind: "begin" }>): BudgetStep {
  const { turnId, payer, rules, leaseUntil } = event;
  const needs = event.needs && sensible(event.needs);
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

/** No call takes more than the dearest sensible one: a turn that says so would wait for ever. */
function sensible({ microUsd, tokens }: Amount): Amount {
  return {
    microUsd: Math.min(microUsd, BUDGET_BOUNDS.callMicroUsdMax),
    tokens: Math.min(tokens, BUDGET_BOUNDS.callTokensMax),
  };
}

function leftOf({ limit, spent, reserved }: LimitUse): number {
  return limit - spent - reserved;
}

function settle(state: BudgetState, { spend, keys }: Extract<BudgetEvent, { kind: "settle" }>): BudgetStep {
  const before = ownOf(state.settled, spend.turnId) ?? {};
  const booked = spend.parts
    .map(({ model, ...total }) => ({ model, ...growthOf(ownOf(before, model) ?? NOTHING_SPENT, credible(total)) }))
    .filter(isSpent);
  if (booked.length === 0) return { state, reply: DONE };
  const parts = spend.parts.map(({ model, ...total }) => [
    model,
    mostOf(ownOf(before, model) ?? NOTHING_SPENT, credible(total)),
  ]);
  const settled = { ...state.settled, [spend.turnId]: { ...before, ...Object.fromEntries(parts) } };
  const total = booked.reduce<Spent>((sum, part) => plus(sum, part), NOTHING_SPENT);
  const sums = keys.map((key) => {
    const sum = ownOf(state.sums, key) ?? NO_SUM;
    return [key, { ...sum, spent: plus(sum.spent, total) }];
  });
  const held = ownOf(state.reservations, spend.turnId);
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
    calls: safeSum(left.calls, right.calls),
    tokens: safeSum(left.tokens, right.tokens),
    microUsd: safeSum(left.microUsd, right.microUsd),
  };
}

/** A sum that is no whole number any more would count nothing that comes after it. */
function safeSum(left: number, right: number): number {
  return Math.min(left + right, Number.MAX_SAFE_INTEGER);
}

/** What one turn can have used of one model at most: a report beyond that is wrong. */
function credible({ calls, tokens, microUsd }: Spent): Spent {
  return {
    calls: Math.min(calls, BUDGET_BOUNDS.turnCallsMax),
    tokens: Math.min(tokens, BUDGET_BOUNDS.turnTokensMax),
    microUsd: Math.min(microUsd, BUDGET_BOUNDS.turnMicroUsdMax),
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
  const usable = leftOfAll(state, rules);
  const raised = rules.reduce<BudgetState>((current, rule) => {
    const { unit } = rule;
    if (amount[unit] === 0) return current;
    const { limit, spent } = useOf(current, rule);
    // A month that has enough left is not raised for a day that has not.
    const missing = (usable[unit] ?? 0) + amount[unit] - (limit - spent);
    if (missing <= 0) return current;
    const sum = ownOf(current.sums, rule.key) ?? NO_SUM;
    const more = { ...sum.more, [unit]: safeSum(sum.more[unit], missing) };
    return { ...current, sums: { ...current.sums, [rule.key]: { ...sum, more } } };
  }, state);
  return { state: raised, reply: DONE };
}

/** What all of these rules leave, with what is held of it; null: as much as one likes. */
export function leftOfAll(state: BudgetState, rules: readonly Rule[]): TurnBudget {
  const of = (unit: keyof Amount) => {
    const uses = rules.filter((rule) => rule.unit === unit).map((rule) => useOf(state, rule));
    return uses.length === 0 ? null : Math.max(0, Math.min(...uses.map(({ limit, spent }) => limit - spent)));
  };
  return { microUsd: of("microUsd"), tokens: of("tokens") };
}

/** The limit that lets nothing through, and for longest; null: none. */
export function usedUpOf(state: BudgetState, rules: readonly Rule[]): LimitUse | null {
  const uses = rules.map((rule) => useOf(state, rule)).filter(({ limit, spent }) => limit <= spent);
  return uses.toSorted((a, b) => b.until - a.until)[0] ?? null;
}

function withoutExpired(state: BudgetState, now: number): BudgetState {
  const over = Object.entries(state.reservations).filter(([, { leaseUntil }]) => leaseUntil <= now);
  return over.reduce((left, [turnId]) => released(left, turnId), state);
}

function released(state: BudgetState, turnId: string): BudgetState {
  if (ownOf(state.reservations, turnId) === undefined) return state;
  const { [turnId]: _, ...reservations } = state.reservations;
  return { ...state, reservations };
}
