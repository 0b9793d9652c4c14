import { describe, expect, it } from "vitest";
import { Cooldowns } from "../../../../agent-container/src/agent/models/cooldowns.ts";

const MODEL = { name: "a", keyId: "key" };

/** The rests after each of these failures in a row. */
function rests(cause: Parameters<Cooldowns["fail"]>[1], times: number): readonly number[] {
  const cooldowns = new Cooldowns();
  return Array.from({ length: times }, () => cooldowns.fail(MODEL, cause, 0));
}

describe("Cooldowns", () => {
  it("lets a model rest that failed, and trusts it again when the rest is over or it has answered", () => {
    const cooldowns = new Cooldowns();
    cooldowns.fail(MODEL, "overload", 0);
    expect(cooldowns.rests(MODEL, 29_999)).toBe(true);
    expect(cooldowns.rests(MODEL, 30_000)).toBe(false);
    cooldowns.fail(MODEL, "overload", 0);
    cooldowns.succeed(MODEL);
    expect(cooldowns.rests(MODEL, 1)).toBe(false);
  });

  it("lets it rest as long as the cause says: longer each time for what passes, ten minutes for what costs money", () => {
    expect(rests("rate_limit", 4)).toEqual([30_000, 60_000, 300_000, 300_000]);
    expect(rests("billing", 2)).toEqual([600_000, 600_000]);
    expect(rests("overflow", 1)).toEqual([0]);
  });

  it("takes the provider's own wish instead, up to ten minutes", () => {
    const cooldowns = new Cooldowns();
    expect(cooldowns.fail(MODEL, "rate_limit", 0, 4_000)).toBe(4_000);
    expect(cooldowns.fail(MODEL, "rate_limit", 0, 0)).toBe(1_000);
    expect(cooldowns.fail(MODEL, "rate_limit", 0, 86_400_000)).toBe(600_000);
  });

  it("ends the rest of a refused key when other keys come, and no other rest", () => {
    const cooldowns = new Cooldowns();
    const renewed = { ...MODEL, keyId: "other" };
    cooldowns.fail(MODEL, "auth", 0);
    expect([cooldowns.rests(MODEL, 1), cooldowns.isOut(MODEL, 1), cooldowns.rests(renewed, 1)]).toEqual([
      true,
      true,
      false,
    ]);
    cooldowns.fail(MODEL, "rate_limit", 0);
    expect([cooldowns.rests(renewed, 1), cooldowns.isOut(renewed, 1)]).toEqual([true, false]);
  });
});
