/** What a model call costs, in whole millionths of a dollar: never nothing where a provider sends a bill. Pure. */
import type { Api, Model, Usage } from "@earendil-works/pi-ai";
import { type Amount, microUsdOf, MICRO_USD, type Spent } from "../../../../protocol/budget.ts";
import { BUDGET_BOUNDS } from "../../../../protocol/own-work-bounds.ts";
import { isProviderName, modelsOf, type ProviderName } from "./catalog.ts";

/** Dollars for a million tokens. */
type Rates = Pick<Model<Api>["cost"], "input" | "output" | "cacheRead" | "cacheWrite">;

const FREE: Rates = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const RATES = ["input", "output", "cacheRead", "cacheWrite"] as const;

/** The price of a model; one that is not known has the dearest of its provider. */
export function ratesOf({ provider, cost }: Pick<Model<Api>, "provider" | "cost">): Rates {
  if (cost.input > 0 || cost.output > 0) return cost;
  return isProviderName(provider) ? dearestOf(provider) : FREE;
}

const dearest = new Map<ProviderName, Rates>();

function dearestOf(provider: ProviderName): Rates {
  const known = dearest.get(provider);
  if (known !== undefined) return known;
  const rates = modelsOf(provider).reduce<Rates>(
    (most, { cost }) => ({
      input: Math.max(most.input, cost.input),
      output: Math.max(most.output, cost.output),
      cacheRead: Math.max(most.cacheRead, cost.cacheRead),
      cacheWrite: Math.max(most.cacheWrite, cost.cacheWrite),
    }),
    FREE,
  );
  dearest.set(provider, rates);
  return rates;
}

/** What a call has used. What its provider's client has worked out counts, and tokens at their price where it has not. */
export function spentOn(model: Pick<Model<Api>, "provider" | "cost">, usage: Usage): Spent {
  const tokens = usage.input + usage.output + usage.cacheRead + usage.cacheWrite;
  if (tokens === 0) return { calls: 0, tokens: 0, microUsd: 0 };
  const rates = ratesOf(model);
  const atRates = RATES.reduce((sum, rate) => sum + usage[rate] * rates[rate], 0) / MICRO_USD;
  return { calls: 1, tokens, microUsd: microUsdOf(usage.cost.total > 0 ? usage.cost.total : atRates) };
}

/** What a call with so long a prompt takes at least: an answer of some length is part of it. */
export function leastFor(model: Pick<Model<Api>, "provider" | "cost">, promptTokens: number): Amount {
  const { input, output } = ratesOf(model);
  const answerTokens = BUDGET_BOUNDS.answerTokensMin;
  return {
    microUsd: microUsdOf((promptTokens * input + answerTokens * output) / MICRO_USD),
    tokens: promptTokens + answerTokens,
  };
}
