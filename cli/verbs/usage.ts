/** `claw usage`: what was used today and this month, by whom and for what, and how much of the limits is left. */
import * as v from "valibot";
import { MICRO_USD } from "../../protocol/budget.ts";
import { formatCount } from "../../protocol/texts/language.ts";
import { describe, localTime, table } from "../table.ts";
import { askAndPrint, type Shown } from "./ask.ts";
import type { Verb } from "./verb.ts";

const PATH = "/admin/api/usage";

const spent = { calls: v.number(), tokens: v.number(), microUsd: v.number() };
const report = v.object({
  today: v.object(spent),
  month: v.object(spent),
  limits: v.array(
    v.object({
      whose: v.string(),
      period: v.string(),
      unit: v.picklist(["microUsd", "tokens"]),
      until: v.number(),
      limit: v.number(),
      spent: v.number(),
      reserved: v.number(),
    }),
  ),
  lines: v.array(v.object({ payer: v.string(), kind: v.string(), model: v.string(), ...spent })),
  running: v.number(),
  waiting: v.number(),
});

type Report = v.InferOutput<typeof report>;

export const usageVerb: Verb = {
  name: "usage",
  summary: "what models have cost today and this month, for whom, and what is left of the budget",
  run: (options) => askAndPrint("usage", [PATH], options, showUsage),
};

/** What another release answers in its own form is shown as it is. Pure. */
function showUsage([answer]: readonly unknown[]): Shown {
  const parsed = v.safeParse(report, answer);
  return { json: answer, lines: parsed.success ? linesOf(parsed.output) : describe(answer) };
}

function linesOf({ today, month, limits, lines, running, waiting }: Report): readonly string[] {
  const used = (name: string, sum: Report["today"]) => [
    name,
    dollars(sum.microUsd),
    count(sum.tokens),
    count(sum.calls),
  ];
  const amount = (unit: "microUsd" | "tokens", value: number) =>
    unit === "tokens" ? `${count(value)} tokens` : dollars(value);
  const limitRows = limits.map(({ whose, period, unit, until, limit, spent: sum, reserved }) => [
    `${whose} ${period}`,
    `${amount(unit, sum)} of ${amount(unit, limit)}`,
    `${amount(unit, reserved)} held`,
    `anew ${localTime(until)}`,
  ]);
  const spentRows = lines.map((line) => used(`${line.payer} ${line.kind} ${line.model}`, line));
  return [
    ...table([["", "cost", "tokens", "calls"], used("today", today), used("this month", month), ...spentRows]),
    "",
    ...(limitRows.length > 0 ? table(limitRows) : ["no limit is set: npm run claw -- config set budget.dailyUsd 5"]),
    "",
    `turns that run on the budget: ${running}, that wait for it: ${waiting}`,
  ];
}

function count(number: number): string {
  return formatCount(number, "en");
}

function dollars(microUsd: number): string {
  return `$${(microUsd / MICRO_USD).toFixed(4)}`;
}
