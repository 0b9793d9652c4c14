import { describe, expect, it } from "vitest";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { retryAfterMs } from "../../../protocol/retry-after.ts";

describe("retryAfterMs", () => {
  it("honours seconds, and parts of them, up to its bound", () => {
    expect(retryAfterMs(3)).toBe(3_000);
    expect(retryAfterMs(0.2)).toBe(200);
    for (const much of [2 ** 31, 1e300, Infinity]) expect(retryAfterMs(much)).toBe(OUTBOUND_BOUNDS.retryAfterMaxMs);
  });

  it.each([0, -1, NaN, "3", null, undefined, {}])("takes %j for no wish", (seconds) => {
    expect(retryAfterMs(seconds)).toBeNull();
  });
});
