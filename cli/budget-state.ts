/** What is left of the budget, in one line: for `claw status` and `claw doctor`. Pure. */
import * as v from "valibot";
import { MICRO_USD } from "../protocol/budget.ts";
import { localTime } from "./table.ts";

const limit = v.object({
  whose: v.string(),
  period: v.string(),
  unit: v.picklist(["microUsd", "tokens"]),
  until: v.number(),
  limit: v.number(),
  spent: v.number(),
});
const budget = v.object({ limits: v.array(limit), waiting: v.number() });

/** Where the answer is that `readBudget` takes. */
export const BUDGET_PATH = "/admin/api/usage";

export type BudgetState = { readonly isUsedUp: boolean; readonly text: string };

/** How the budget stands; null: there is no limit, or the assistant did not say it. */
export function readBudget(answer: unknown): BudgetState | null {
  const parsed = v.safeParse(budget, answer);
  if (!parsed.success) return null;
  const { limits, waiting } = parsed.output;
  if (limits.length === 0 && waiting === 0) return null;
  const usedUp = limits.filter(({ limit: most, spent }) => spent >= most);
  const shown = usedUp.length > 0 ? usedUp : limits;
  const uses = shown.map((use) => `${use.whose} ${use.period} ${useText(use)}`);
  const waits = waiting === 0 ? [] : [waiting === 1 ? "1 chat waits" : `${waiting} chats wait`];
  if (usedUp.length === 0) return { isUsedUp: false, text: [...uses, ...waits].join("; ") };
  const anew = `anew ${localTime(Math.max(...usedUp.map(({ until }) => until)))}`;
  return {
    isUsedUp: true,
    text: [`used up: ${uses.join(", ")}, ${anew}`, ...waits, moreText(usedUp.map(({ unit }) => unit))].join("; "),
  };
}

function moreText(units: readonly string[]): string {
  const amount = units.includes("microUsd") ? "1" : "100000 tokens";
  return `npm run chat -- "/budget allow ${amount}" allows more, npm run claw -- usage tells what it went for`;
}

function useText({ unit, limit: most, spent }: v.InferOutput<typeof limit>): string {
  if (unit === "tokens") return `${spent} of ${most} tokens`;
  const dollars = (microUsd: number) => `$${(microUsd / MICRO_USD).toFixed(2)}`;
  return `${dollars(spent)} of ${dollars(most)}`;
}
