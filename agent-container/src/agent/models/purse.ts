/**
 * What a turn may still use, and what it has used over all its runs. Asked before each model call: a turn stops before one
 * that it cannot pay, so that it is beyond its share by no more than the call that it was making.
 */
import type { Api, Model, Usage } from "@earendil-works/pi-ai";
import { addSpent, type Amount, isSpent, mostOf, NOTHING_SPENT, type Spent } from "../../../../protocol/budget.ts";
import type { TurnInvocation } from "../../../../protocol/invocation.ts";
import { leastFor, spentOn } from "./prices.ts";

type Limits = Pick<TurnInvocation["limits"], "budget" | "spent">;

/** A turn has too little left for its next model call. */
export class BudgetShortError extends Error {
  override readonly name = "BudgetShortError";
  readonly needs: Amount;

  constructor(needs: Amount) {
    super("too little is left of the budget");
    this.needs = needs;
  }
}

export class Purse {
  /** Called when a call cannot be paid: nothing more is to run. */
  onShort: (needs: Amount) => void = () => undefined;
  #total: Spent = NOTHING_SPENT;
  /** What is in no message of the transcript: notes, summaries, calls in vain. */
  #beside: Spent = NOTHING_SPENT;
  #isBesideNew = false;
  /** How much the turn may have used in all; null: any. */
  #most: { readonly microUsd: number | null; readonly tokens: number | null } = { microUsd: null, tokens: null };

  constructor(limits: Limits) {
    this.allow(limits);
  }

  /** The edge has asked anew for the turn: what it may use counts from what the edge knew then. */
  allow({ budget, spent = NOTHING_SPENT }: Limits): void {
    this.#total = mostOf(this.#total, spent);
    const most = (unit: keyof Amount) => {
      const share = budget?.[unit] ?? null;
      return share === null ? null : spent[unit] + share;
    };
    this.#most = { microUsd: most("microUsd"), tokens: most("tokens") };
  }

  /** What the ledger says of earlier runs. */
  recall(recorded: Spent, beside: Spent): void {
    this.#beside = mostOf(this.#beside, beside);
    this.#total = mostOf(this.#total, addSpent(recorded, beside));
  }

  get total(): Spent {
    return this.#total;
  }

  /** What a call with so long a prompt needs, if that is not there; undefined: it can be made. */
  shortFor(model: Pick<Model<Api>, "provider" | "cost">, promptTokens: number): Amount | undefined {
    const needs = leastFor(model, promptTokens);
    const isEnough = (["microUsd", "tokens"] as const).every((unit) => {
      const most = this.#most[unit];
      return most === null || this.#total[unit] + needs[unit] <= most;
    });
    return isEnough ? undefined : needs;
  }

  /** Counts a call. `isRecorded`: its message is in the transcript. */
  charge(model: Pick<Model<Api>, "provider" | "cost">, usage: Usage, isRecorded: boolean): void {
    const spent = spentOn(model, usage);
    if (!isSpent(spent)) return;
    this.#total = addSpent(this.#total, spent);
    if (isRecorded) return;
    this.#beside = addSpent(this.#beside, spent);
    this.#isBesideNew = true;
  }

  /** What is to be written down, once; undefined: nothing new. */
  takeBeside(): Spent | undefined {
    if (!this.#isBesideNew) return undefined;
    this.#isBesideNew = false;
    return this.#beside;
  }
}
