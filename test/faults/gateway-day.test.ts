import { describe, expect, it } from "vitest";
import { closesOf, type DayPlan, isDayGreen, runGatewayDay, timeScaleEdit } from "./gateway-day.ts";
import { buildVariant } from "./variant.ts";

/** Each fault once, and a kill of the edge. `npm run test:faults -- gateway` has a whole day. */
const PLAN: DayPlan = { seed: 11, timeScale: 240, faults: 26, share: 0.04, messages: 30, kills: 1, eachAtLeast: 1 };
const DOUBLE_WAIT_MS = 1_500;

describe("an hour of the Gateway's life", () => {
  it("loses nothing and doubles nothing, whatever strikes its connection", async () => {
    const builds = await buildVariant([timeScaleEdit(PLAN.timeScale)]);
    const day = await runGatewayDay(PLAN, builds, () => {}, DOUBLE_WAIT_MS);
    expect(day).toMatchObject({ withoutRow: [], lost: [], doubled: [], violations: [] });
    expect([...closesOf(day).values()].every((count) => count >= 1)).toBe(true);
    expect(day.resumes).toBeGreaterThan(5);
    expect(isDayGreen(PLAN, day)).toBe(true);
  });
});
