import { describe, expect, it } from "vitest";
import { backoffMs } from "../../../protocol/backoff.ts";

const BOUNDS = { retryFirstMs: 500, retryMaxMs: 3_000 };

describe("backoffMs", () => {
  it("begins with the first pause and doubles it up to the longest", () => {
    expect([1, 2, 3, 4, 5].map((failures) => backoffMs(failures, BOUNDS))).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
  });

  it("stays at the longest pause, however often something fails", () => {
    for (const failures of [100, 10_000, Number.MAX_SAFE_INTEGER]) expect(backoffMs(failures, BOUNDS)).toBe(3_000);
  });
});
