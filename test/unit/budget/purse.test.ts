import type { Usage } from "@earendil-works/pi-ai";
import { describe, expect, it } from "vitest";
import { findModel, modelsOf } from "../../../agent-container/src/agent/models/catalog.ts";
import { leastFor, ratesOf, spentOn } from "../../../agent-container/src/agent/models/prices.ts";
import { Purse } from "../../../agent-container/src/agent/models/purse.ts";
import { BUDGET_BOUNDS } from "../../../protocol/own-work-bounds.ts";

function known(provider: "anthropic" | "openai" | "offline", id: string) {
  const model = findModel(provider, id);
  if (!model) throw new Error(`${provider} has no ${id}`);
  return model;
}

const SONNET = known("anthropic", "claude-sonnet-5");
const NEWEST = known("anthropic", "claude-of-next-year");
const OFFLINE = known("offline", "offline");

function used(input: number, output: number, total = 0): Usage {
  const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  return { ...none, input, output, totalTokens: input + output, cost: { ...none, total } };
}

describe("what a call costs", () => {
  it("is what its provider's client says, else tokens at their price, rounded up to a millionth", () => {
    expect(spentOn(SONNET, used(10, 5, 0.000_123_4))).toEqual({ calls: 1, tokens: 15, microUsd: 124 });
    const { input, output } = SONNET.cost;
    expect(spentOn(SONNET, used(1_000, 100)).microUsd).toBe(Math.ceil(1_000 * input + 100 * output));
    expect(spentOn(SONNET, used(0, 0))).toEqual({ calls: 0, tokens: 0, microUsd: 0 });
  });

  it("of a model whose price is not known is the dearest of its provider, and of the offline one nothing", () => {
    const dearest = Math.max(...modelsOf("anthropic").map(({ cost }) => cost.input));
    expect(dearest).toBeGreaterThan(0);
    expect(ratesOf(NEWEST).input).toBe(dearest);
    expect(spentOn(NEWEST, used(1_000, 0)).microUsd).toBe(Math.ceil(1_000 * dearest));
    expect(spentOn(OFFLINE, used(1_000, 10))).toEqual({ calls: 1, tokens: 1_010, microUsd: 0 });
  });
});

describe("what a turn may use", () => {
  const least = leastFor(SONNET, 2_000);
  const limits = (microUsd: number | null, tokens: number | null, before = { calls: 0, tokens: 0, microUsd: 0 }) => ({
    budget: { microUsd, tokens },
    spent: before,
  });

  it("pays a call whose least it covers, in both units", () => {
    expect(least.tokens).toBe(2_000 + BUDGET_BOUNDS.answerTokensMin);
    expect(new Purse({}).shortFor(SONNET, 1_000_000)).toBeUndefined();
    expect(new Purse(limits(least.microUsd, least.tokens)).shortFor(SONNET, 2_000)).toBeUndefined();
    expect(new Purse(limits(least.microUsd - 1, null)).shortFor(SONNET, 2_000)).toEqual(least);
    expect(new Purse(limits(null, least.tokens - 1)).shortFor(SONNET, 2_000)).toEqual(least);
    expect(new Purse(limits(0, null)).shortFor(OFFLINE, 2_000)).toBeUndefined();
  });

  it("is used up by calls, and counts from what the edge knew when it gave more", () => {
    const purse = new Purse(limits(2 * least.microUsd, null));
    purse.charge(SONNET, used(2_000, BUDGET_BOUNDS.answerTokensMin, (2 * least.microUsd) / 1_000_000), true);
    expect(purse.shortFor(SONNET, 2_000)).toEqual(least);
    // The edge has heard of all of it, and gives as much again.
    purse.allow(limits(least.microUsd, null, purse.total));
    expect(purse.shortFor(SONNET, 2_000)).toBeUndefined();
    // Had it heard of nothing, the same share would be used up already.
    purse.allow(limits(least.microUsd, null));
    expect(purse.shortFor(SONNET, 2_000)).toEqual(least);
  });

  it("knows of earlier runs by the edge or by the ledger, whichever knows more", () => {
    const spent = { calls: 2, tokens: 500, microUsd: 900 };
    const purse = new Purse({ spent });
    purse.recall({ calls: 1, tokens: 400, microUsd: 300 }, { calls: 0, tokens: 0, microUsd: 0 });
    expect(purse.total).toEqual(spent);
    purse.recall({ calls: 3, tokens: 600, microUsd: 1_000 }, { calls: 1, tokens: 1, microUsd: 1 });
    expect(purse.total).toEqual({ calls: 4, tokens: 601, microUsd: 1_001 });
  });

  it("tells once what is in no answer", () => {
    const purse = new Purse({});
    purse.charge(SONNET, used(10, 10), true);
    expect(purse.takeBeside()).toBeUndefined();
    purse.charge(SONNET, used(100, 1), false);
    expect(purse.takeBeside()).toMatchObject({ calls: 1, tokens: 101 });
    expect(purse.takeBeside()).toBeUndefined();
    expect(purse.total).toMatchObject({ calls: 2, tokens: 121 });
  });
});
