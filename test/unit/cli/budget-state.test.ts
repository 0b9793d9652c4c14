import { describe, expect, it } from "vitest";
import { readBudget } from "../../../cli/budget-state.ts";
import { showStatus } from "../../../cli/verbs/status.ts";

const limit = { whose: "agent", period: "day", unit: "microUsd", until: 1_800_000_000_000, reserved: 0 };
const report = (spent: number, waiting: number) => ({ limits: [{ ...limit, limit: 5_000_000, spent }], waiting });

describe("the line about the budget", () => {
  it("says what is left, and when it is used up how many wait and what to do", () => {
    expect(readBudget(report(1_250_000, 0))).toEqual({ isUsedUp: false, text: "agent day $1.25 of $5.00" });
    const { isUsedUp, text } = readBudget(report(5_000_000, 3)) ?? {};
    expect(isUsedUp).toBe(true);
    expect(text).toMatch(/^used up: agent day \$5\.00 of \$5\.00, anew 20.*; 3 chats wait; .*\/budget allow 1/);
  });

  it("is not there without a limit, nor when an older release answers", () => {
    expect(readBudget({ limits: [], waiting: 0 })).toBeNull();
    expect(readBudget({ error: "not_found" })).toBeNull();
  });

  it("is one of claw status", () => {
    const status = {
      deployment: "d",
      channels: {},
      access: { owner: null },
      runtime: { endpoint: "http://r", region: "r" },
      model: null,
      modelKeys: [],
    };
    const { lines } = showStatus([status, { sessions: [] }, null, null, null, report(1_250_000, 1)]);
    expect(lines).toContain("budget      agent day $1.25 of $5.00; 1 chat waits");
  });
});
