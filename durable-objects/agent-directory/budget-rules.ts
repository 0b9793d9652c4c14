/** Which limits a turn falls under, from the configuration and the clock of the agent. Pure. */
import type { AgentConfig, Allowance } from "../../protocol/agent-config.ts";
import { microUsdOf, type Period, PERIODS, type Whose } from "../../protocol/budget.ts";
import { type SpaceId, spaceKind } from "../../protocol/space.ts";
import { DAY_MS, firstInstantOf, startOfDay, wallAt } from "../../protocol/wall-clock.ts";
import type { Rule } from "./budget.ts";

/** The day and the month that it is, and when each is over. */
export type Calendar = Readonly<Record<Period, { readonly name: string; readonly until: number }>>;

/** Reads the clock of a time zone. */
export function calendarAt(now: number, timezone: string): Calendar {
  const today = startOfDay(wallAt(now, timezone));
  const name = new Date(today).toISOString().slice(0, 10);
  const date = new Date(today);
  const nextMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return {
    day: { name, until: firstInstantOf(today + DAY_MS, timezone) },
    month: { name: name.slice(0, 7), until: firstInstantOf(nextMonth, timezone) },
  };
}

/** Scope of the sums of everybody. */
const ALL = "agent";

/** The sums that what a payer uses counts in: today's and this month's, of all and their own. */
export function sumKeys(payer: string, calendar: Calendar): readonly string[] {
  return PERIODS.flatMap((period) => [keyOf(ALL, period, calendar), keyOf(payer, period, calendar)]);
}

/** The sum of everybody in a period. */
export function totalKey(period: Period, calendar: Calendar): string {
  return keyOf(ALL, period, calendar);
}

/** The sum of one payer in a period. */
export function payerKey(payer: string, period: Period, calendar: Calendar): string {
  return keyOf(payer, period, calendar);
}

function keyOf(scope: string, period: Period, calendar: Calendar): string {
  return `${calendar[period].name} ${scope}`;
}

/** The limits of a payer: the agent's, and a guest's or a group's own. */
export function rulesOf(payer: SpaceId, { budget }: Pick<AgentConfig, "budget">, calendar: Calendar): readonly Rule[] {
  const all = rulesIn(budget, { whose: "agent", scope: ALL, payer: null }, calendar);
  const kind = spaceKind(payer);
  if (kind === "owner") return all;
  const own = kind === "person" ? budget.people : budget.groups;
  return [...all, ...rulesIn(own, { whose: kind, scope: payer, payer }, calendar)];
}

type Scope = { readonly whose: Whose; readonly scope: string; readonly payer: string | null };

function rulesIn(allowance: Allowance, { whose, scope, payer }: Scope, calendar: Calendar): readonly Rule[] {
  const { dailyUsd, dailyTokens, monthlyUsd, monthlyTokens } = allowance;
  const rule = (period: Period, unit: Rule["unit"], limit: number | null): readonly Rule[] =>
    limit === null
      ? []
      : [{ whose, period, unit, payer, until: calendar[period].until, key: keyOf(scope, period, calendar), limit }];
  const money = (usd: number | null) => (usd === null ? null : microUsdOf(usd));
  return [
    ...rule("day", "microUsd", money(dailyUsd)),
    ...rule("day", "tokens", dailyTokens),
    ...rule("month", "microUsd", money(monthlyUsd)),
    ...rule("month", "tokens", monthlyTokens),
  ];
}
