import { describe, expect, it } from "vitest";
import { Cooldowns } from "../../../../agent-container/src/agent/models/cooldowns.ts";

const [a, b] = [{ name: "a" }, { name: "b" }];

describe("Cooldowns", () => {
  it("puts a model that failed last until its rest is over", () => {
    const cooldowns = new Cooldowns();
    cooldowns.fail("a", 0);
    expect(cooldowns.order([a, b], 29_999)).toEqual([b, a]);
    expect(cooldowns.order([a, b], 30_000)).toEqual([a, b]);
  });

  it("doubles the rest with each failure in a row, up to ten minutes, and forgets them at a success", () => {
    const cooldowns = new Cooldowns();
    for (let n = 0; n < 10; n += 1) cooldowns.fail("a", 0);
    expect(cooldowns.order([a, b], 599_999)).toEqual([b, a]);
    expect(cooldowns.order([a, b], 600_000)).toEqual([a, b]);
    cooldowns.succeed("a");
    cooldowns.fail("a", 600_000);
    expect(cooldowns.order([a, b], 630_000)).toEqual([a, b]);
  });
});
