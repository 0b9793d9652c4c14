import { describe, expect, it } from "vitest";
import { calendarAt, rulesOf, sumKeys } from "../../../durable-objects/agent-directory/budget-rules.ts";
import { NO_BUDGET } from "../../../protocol/agent-config.ts";
import { microUsdOf } from "../../../protocol/budget.ts";
import { isSpaceId, type SpaceId } from "../../../protocol/space.ts";

const at = (iso: string) => Date.parse(iso);

function space(text: string): SpaceId {
  if (!isSpaceId(text)) throw new Error("no space");
  return text;
}

describe("the days and months of a budget", () => {
  it("are those of the agent's time zone", () => {
    const calendar = calendarAt(at("2026-11-30T23:30:00Z"), "Europe/Berlin");
    expect(calendar.day.name).toBe("2026-12-01");
    expect(calendar.month.name).toBe("2026-12");
    expect(calendar.month.until).toBe(at("2026-12-31T23:00:00Z"));
    expect(calendarAt(at("2026-11-30T23:30:00Z"), "America/New_York").month.name).toBe("2026-11");
  });

  it("are as long as clocks say, on days that are changed too", () => {
    const spring = calendarAt(at("2026-03-29T00:00:00Z"), "Europe/Berlin");
    expect(spring.day.until).toBe(at("2026-03-29T22:00:00Z"));
    const autumn = calendarAt(at("2026-10-25T00:00:00Z"), "Europe/Berlin");
    expect(autumn.day.until).toBe(at("2026-10-25T23:00:00Z"));
  });
});

describe("the limits of a turn", () => {
  const calendar = calendarAt(at("2026-11-23T12:00:00Z"), "UTC");
  const budget = {
    ...NO_BUDGET,
    dailyUsd: 2.5,
    people: { ...NO_BUDGET.people, dailyTokens: 1_000 },
    groups: { ...NO_BUDGET.groups, monthlyUsd: 7 },
  };

  it("are the agent's for the owner, and a guest's or a group's own besides", () => {
    const limits = (text: string) =>
      rulesOf(space(text), { budget }, calendar).map(({ whose, period, unit, limit }) => [whose, period, unit, limit]);
    const ofAgent = ["agent", "day", "microUsd", 2_500_000];
    expect(limits("owner")).toEqual([ofAgent]);
    expect(limits("person:telegram-7")).toEqual([ofAgent, ["person", "day", "tokens", 1_000]]);
    expect(limits("group:telegram:-100")).toEqual([ofAgent, ["group", "month", "microUsd", 7_000_000]]);
  });

  it("are none where nothing is set", () => {
    expect(rulesOf(space("owner"), { budget: NO_BUDGET }, calendar)).toEqual([]);
  });

  it("look at sums that every payer has of their own", () => {
    expect(sumKeys("owner", calendar)).toEqual([
      "2026-11-23 agent",
      "2026-11-23 owner",
      "2026-11 agent",
      "2026-11 owner",
    ]);
  });
});

describe("money in millionths", () => {
  it("is rounded up, but not for what binary fractions add", () => {
    expect(microUsdOf(0.3)).toBe(300_000);
    expect(microUsdOf(0.1 + 0.2)).toBe(300_000);
    expect(microUsdOf(0.000_000_2)).toBe(1);
    expect(microUsdOf(0)).toBe(0);
  });
});
