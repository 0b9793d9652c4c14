import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BudgetEvent,
  type BudgetReply,
  type BudgetState,
  type BudgetStep,
  EMPTY_BUDGET,
  leftOfAll,
  offeredMore,
  type Rule,
  stepBudget,
  usedUpOf,
  useOf,
} from "../../../durable-objects/agent-directory/budget.ts";
import { addSpent, type Amount, NOTHING_SPENT, type Spent } from "../../../protocol/budget.ts";
import { isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { BUDGET_BOUNDS } from "../../../protocol/own-work-bounds.ts";

const LEASE_MS = 90_000;
const PAYERS = ["owner", "person:telegram-1", "person:telegram-2"] as const;
const DAY = "2026-11-23";

function turnIdOf(number: number): TurnId {
  const id = `turn-number-${number}`;
  if (!isTurnId(id)) throw new Error("no turn id");
  return id;
}

function rule(fields: Partial<Rule>): Rule {
  return {
    whose: "agent",
    period: "day",
    until: 86_400_000,
    unit: "microUsd",
    key: `${DAY} agent`,
    payer: null,
    limit: 1_000_000,
    ...fields,
  };
}

function keysOf(payer: string): readonly string[] {
  return [`${DAY} agent`, `${DAY} ${payer}`];
}

function granted(reply: BudgetReply): Extract<BudgetReply, { kind: "granted" }> {
  if (reply.kind !== "granted") throw new Error(`not granted: ${reply.kind}`);
  return reply;
}

type Begin = Extract<BudgetEvent, { kind: "begin" }>;

const begin = (turn: number, rules: readonly Rule[], more: Partial<Begin> = {}): Begin => ({
  kind: "begin",
  turnId: turnIdOf(turn),
  payer: "owner",
  rules,
  needs: null,
  leaseUntil: LEASE_MS,
  ...more,
});
const settle = (turn: number, total: Spent, keys = keysOf("owner")): BudgetEvent => ({
  kind: "settle",
  spend: { turnId: turnIdOf(turn), parts: [{ model: "a/b", ...total }] },
  keys,
});
const dollars = (microUsd: number): Spent => ({ calls: 1, tokens: 10, microUsd });

function run(events: readonly BudgetEvent[], before: BudgetState = EMPTY_BUDGET) {
  let step: BudgetStep = { state: before, reply: { kind: "held" } };
  for (const event of events) step = stepBudget(step.state, event, 0);
  return step;
}

describe("what a turn may use", () => {
  it("has no bound where no limit is set, and nothing is held for it", () => {
    const { state, reply } = run([begin(1, [])]);
    expect(granted(reply).budget).toBeNull();
    expect(state.reservations).toEqual({});
  });

  it("is a share of what is left, bounded only in the units that have a limit", () => {
    const { reply } = run([begin(1, [rule({})])]);
    expect(granted(reply).budget).toEqual({ microUsd: BUDGET_BOUNDS.reserveMicroUsd, tokens: null });
  });

  it("is what is left when that is less, and the next turn waits for it", () => {
    const rules = [rule({ limit: 100_000 })];
    const first = run([begin(1, rules)]);
    expect(granted(first.reply).budget?.microUsd).toBe(100_000);
    expect(stepBudget(first.state, begin(2, rules), 0).reply.kind).toBe("held");
    const over = run(
      [settle(1, dollars(40_000)), { kind: "release", turnId: turnIdOf(1) }, begin(2, rules)],
      first.state,
    );
    expect(granted(over.reply).budget?.microUsd).toBe(60_000);
  });

  it("is as much as its next call takes, or nothing", () => {
    const rules = [rule({})];
    const much = { microUsd: 700_000, tokens: 5 };
    expect(granted(run([begin(1, rules, { needs: much })]).reply).budget?.microUsd).toBe(700_000);
    expect(run([begin(1, rules, { needs: { ...much, microUsd: 1_000_001 } })]).reply.kind).toBe("unpaid");
  });

  it("is nothing once a limit is used up, until the latest of those that are", () => {
    const rules = [rule({ limit: 5 }), rule({ limit: 5, period: "month", until: 9e9, key: "2026-11 agent" })];
    const spend = settle(1, dollars(5), [`${DAY} agent`, "2026-11 agent"]);
    const { reply } = run([spend, begin(2, rules)]);
    expect(reply).toMatchObject({ kind: "unpaid", limit: { period: "month", until: 9e9, spent: 5, limit: 5 } });
  });

  it("of a guest is bounded by their own limit, which others do not use up", () => {
    const own = (payer: string) => rule({ whose: "person", payer, key: `${DAY} ${payer}`, limit: 50 });
    const [, first, second] = PAYERS;
    const asks = (turn: number, payer: string) => begin(turn, [rule({}), own(payer)], { payer });
    const { state, reply } = run([asks(1, first)]);
    expect(granted(reply).budget?.microUsd).toBe(50);
    expect(stepBudget(state, asks(2, first), 0).reply.kind).toBe("held");
    expect(granted(stepBudget(state, asks(3, second), 0).reply).budget?.microUsd).toBe(50);
  });

  it("is free again when its lease is over, and what it has used stays used", () => {
    const rules = [rule({ limit: 100_000 })];
    const { state } = run([begin(1, rules), settle(1, dollars(30_000))]);
    expect(granted(stepBudget(state, begin(2, rules), LEASE_MS).reply).budget?.microUsd).toBe(70_000);
    const renewed = run([{ kind: "renew", turnId: turnIdOf(1), leaseUntil: 2 * LEASE_MS }], state).state;
    expect(stepBudget(renewed, begin(2, rules), LEASE_MS).reply.kind).toBe("held");
  });

  it("rises by what the owner allows, whatever was used beyond it", () => {
    const rules = [rule({ limit: 100 })];
    const { state } = run([begin(1, rules), settle(1, dollars(130)), { kind: "release", turnId: turnIdOf(1) }]);
    const raised = run([{ kind: "allow", rules, amount: { microUsd: 40, tokens: 0 } }, begin(2, rules)], state);
    expect(granted(raised.reply).budget?.microUsd).toBe(40);
  });
});

describe("what the owner allows", () => {
  const tokens = rule({ unit: "tokens", limit: 100 });
  const allow = (rules: readonly Rule[], amount: Partial<Amount>): BudgetEvent => ({
    kind: "allow",
    rules,
    amount: { microUsd: 0, tokens: 0, ...amount },
  });

  it("comes on top of what is left, each time, and raises a month only where it has too little", () => {
    const month = rule({ period: "month", key: "2026-11 agent", limit: 1_200_000 });
    const rules = [rule({}), month];
    const once = run([settle(1, dollars(900_000)), allow(rules, { microUsd: 500_000 })]).state;
    expect(leftOfAll(once, rules)).toEqual({ microUsd: 600_000, tokens: null });
    expect(useOf(once, month).limit).toBe(1_200_000);
    const twice = run([allow(rules, { microUsd: 700_000 })], once).state;
    expect(leftOfAll(twice, rules).microUsd).toBe(1_300_000);
    expect(useOf(twice, month).limit).toBe(1_300_000);
  });

  it("lifts no limit that it does not name, and what still lets nothing through is known", () => {
    const rules = [rule({}), tokens];
    const used = settle(1, { calls: 1, tokens: 300, microUsd: 5 });
    const { state, reply } = run([used, allow(rules, { microUsd: 9_000_000 }), begin(2, rules)]);
    expect(reply).toMatchObject({ kind: "unpaid", limit: { unit: "tokens", limit: 100, spent: 300 } });
    expect(usedUpOf(state, rules)).toMatchObject({ unit: "tokens" });
    const raised = run([allow(rules, { tokens: 50 })], state).state;
    expect(usedUpOf(raised, rules)).toBeNull();
    expect(leftOfAll(raised, rules).tokens).toBe(50);
  });
});

describe("a report that is odd", () => {
  const report = (model: string, total: Spent): BudgetEvent => ({
    kind: "settle",
    spend: { turnId: turnIdOf(1), parts: [{ model, ...total }] },
    keys: keysOf("owner"),
  });

  it.each(["__proto__", "constructor", "toString"])("about the model %s counts like any other, once", (model) => {
    const { state } = run([report(model, dollars(7)), report(model, dollars(9)), report(model, dollars(9))]);
    expect(state.sums[`${DAY} agent`]?.spent).toEqual(dollars(9));
  });

  it("counts up to a bound, and sums stay exact", () => {
    const all = Number.MAX_SAFE_INTEGER;
    const huge = { calls: all, tokens: all, microUsd: all };
    const { state } = run([report("a/b", huge), report("a/b", huge)]);
    expect(state.sums[`${DAY} agent`]?.spent.microUsd).toBe(BUDGET_BOUNDS.turnMicroUsdMax);
  });

  it("of what a call needs is believed up to a bound", () => {
    const much = { microUsd: 1e15, tokens: 1e15 };
    const { reply } = run([begin(1, [rule({ limit: 20_000_000 })], { needs: much })]);
    expect(granted(reply).budget?.microUsd).toBe(BUDGET_BOUNDS.callMicroUsdMax);
  });
});

describe("what the owner is offered", () => {
  it("lets a call through, also of a small budget where nobody knows what one takes", () => {
    const rules = [rule({ limit: 4_000 }), rule({ unit: "tokens", limit: 1_000 })];
    const { reserveMicroUsd: microUsd, reserveTokens: tokens } = BUDGET_BOUNDS;
    expect(offeredMore(rules, null)).toEqual({ microUsd, tokens });
  });

  it("is a part of the day's budget, at least what is needed, and never nothing", () => {
    expect(offeredMore([rule({ limit: 10_000_000 })], null).microUsd).toBe(2_500_000);
    expect(offeredMore([rule({ limit: 100 })], { microUsd: 70, tokens: 9 })).toEqual({ microUsd: 70, tokens: 0 });
    expect(offeredMore([rule({ limit: 0 })], null).microUsd).toBe(BUDGET_BOUNDS.reserveMicroUsd);
    expect(offeredMore([rule({ limit: 30_000_000, period: "month" })], null).microUsd).toBe(250_000);
  });
});

const NONE: Amount = { microUsd: 0, tokens: 0 };
const UNITS = ["microUsd", "tokens"] as const;

/** A turn as the container runs it: it makes a call only if the least that it takes is within its share. */
type Running = {
  /** How much it may have used in all; null: it does not run. */
  readonly cap: Amount | null;
  readonly total: Spent;
  readonly told: Spent;
  /** What the one call took beyond, since it was given its share. */
  readonly beyond: Amount;
};

const NOT_RUN: Running = { cap: null, total: NOTHING_SPENT, told: NOTHING_SPENT, beyond: NONE };
const LIMIT: Amount = { microUsd: 900_000, tokens: 400_000 };
const RULES = [rule({ limit: LIMIT.microUsd }), rule({ unit: "tokens", limit: LIMIT.tokens })];
const happening = fc.record({
  what: fc.constantFrom("begin", "begin", "call", "call", "call", "tell", "tell_late", "end", "lose", "expire"),
  turn: fc.nat({ max: 5 }),
  least: fc.record({ microUsd: fc.integer({ min: 1, max: 90_000 }), tokens: fc.integer({ min: 1, max: 40_000 }) }),
  /** What the call takes beyond its least. */
  more: fc.nat({ max: 200_000 }),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

class Turns {
  state: BudgetState = EMPTY_BUDGET;
  readonly all = new Map<number, Running>();
  #now = 0;

  happen({ what, turn: number, least, more }: Happening): void {
    const turn = this.all.get(number) ?? NOT_RUN;
    const set = (change: Partial<Running>) => this.all.set(number, { ...turn, ...change });
    switch (what) {
      case "begin": {
        // The session tells what it knows with the wish, and the share counts from there; the same turn may ask again.
        this.tell(number, turn.total);
        const needs = more % 2 === 0 ? least : null;
        const reply = this.#apply(begin(number, RULES, { needs, leaseUntil: this.#now + LEASE_MS }));
        const share = reply.kind === "granted" ? reply.budget : null;
        const cap = share && {
          microUsd: turn.total.microUsd + (share.microUsd ?? 0),
          tokens: turn.total.tokens + (share.tokens ?? 0),
        };
        set({ cap, told: turn.total, ...(cap && { beyond: NONE }) });
        return;
      }
      case "call": {
        const { cap, total } = turn;
        if (cap === null || UNITS.some((unit) => total[unit] + least[unit] > cap[unit])) return;
        const used = { calls: 1, microUsd: least.microUsd + more, tokens: least.tokens + more };
        const after = addSpent(total, used);
        const beyond = {
          microUsd: Math.max(0, after.microUsd - cap.microUsd),
          tokens: Math.max(0, after.tokens - cap.tokens),
        };
        set({ total: after, beyond });
        return;
      }
      case "tell":
        this.tell(number, turn.total);
        set({ told: turn.total });
        return;
      case "tell_late":
        this.tell(number, turn.told);
        return;
      case "end":
        this.tell(number, turn.total);
        this.#apply({ kind: "release", turnId: turnIdOf(number) });
        set({ told: turn.total, cap: null });
        return;
      case "lose":
        // Its process died; its share is held until the lease is over.
        set({ cap: null });
        return;
      case "expire":
        this.#now += LEASE_MS;
        for (const [other, known] of this.all) this.all.set(other, { ...known, cap: null });
        return;
    }
  }

  tell(number: number, total: Spent): void {
    this.#apply(settle(number, total));
  }

  #apply(event: BudgetEvent): BudgetReply {
    const step = stepBudget(this.state, event, this.#now);
    this.state = step.state;
    return step.reply;
  }
}

describe("the budget of many turns", () => {
  it("is exceeded by one model call of each running turn at most, in any order, with kills at any point", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 80 }), (script) => {
        const turns = new Turns();
        for (const each of script) {
          turns.happen(each);
          const all = [...turns.all.values()];
          for (const one of RULES) {
            const beyond = all.reduce((sum, turn) => sum + turn.beyond[one.unit], 0);
            const { spent, reserved } = useOf(turns.state, one);
            expect(spent + reserved).toBeLessThanOrEqual(LIMIT[one.unit] + beyond);
            const used = all.reduce((sum, { total }) => sum + total[one.unit], 0);
            expect(used).toBeLessThanOrEqual(LIMIT[one.unit] + beyond);
          }
        }
        for (const [number, { total }] of turns.all) turns.tell(number, total);
        const { state } = turns;
        for (const [number, { total }] of turns.all) turns.tell(number, total);
        expect(turns.state).toBe(state);
        const all = [...turns.all.values()].reduce((sum, { total }) => addSpent(sum, total), NOTHING_SPENT);
        expect(state.sums[`${DAY} agent`]?.spent ?? NOTHING_SPENT).toEqual(all);
        expect(state.sums[`${DAY} owner`]?.spent ?? NOTHING_SPENT).toEqual(all);
      }),
      { numRuns: 500 },
    );
  });
});
