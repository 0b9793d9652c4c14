import { describe, expect, it } from "vitest";
import { HOOK_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { BadTokens } from "../../../worker/hooks/bad-tokens.ts";

const NOW = 1_700_000_000_000;
const { badTokensMax, badTokensWindowMs, addressesMax } = HOOK_BOUNDS;

function countAll(tokens: BadTokens, address: string, now: number): readonly number[] {
  return Array.from({ length: badTokensMax }, () => tokens.count(address, now));
}

describe("BadTokens", () => {
  it("bears so many from an address, and none more until the window is over", () => {
    const tokens = new BadTokens();
    expect(new Set(countAll(tokens, "a", NOW))).toEqual(new Set([0]));
    expect(tokens.count("a", NOW + 1_000)).toBe(badTokensWindowMs - 1_000);
    expect(tokens.count("b", NOW + 1_000)).toBe(0);
    expect(tokens.count("a", NOW + badTokensWindowMs - 1)).toBe(1);
    expect(tokens.count("a", NOW + badTokensWindowMs)).toBe(0);
  });

  it("counts all addresses together that are too many to be known, until others are forgotten", () => {
    const tokens = new BadTokens();
    for (let n = 0; n < addressesMax - 1; n += 1) tokens.count(`known-${n}`, NOW);
    for (let n = 0; n <= badTokensMax; n += 1) tokens.count(`new-${n}`, NOW);
    expect(tokens.count("another", NOW)).toBe(badTokensWindowMs);
    expect(tokens.count("known-1", NOW)).toBe(0);
    expect(tokens.count("another", NOW + badTokensWindowMs)).toBe(0);
  });
});
