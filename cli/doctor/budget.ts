/** Whether an assistant may still spend something: one that may not answers nobody. */
import type { Address } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { BUDGET_PATH, readBudget } from "../budget-state.ts";
import type { Finding } from "./finding.ts";

/** Asks the assistant. Without a limit there is nothing to say. */
export async function examineBudget(address: Address): Promise<readonly Finding[]> {
  const answer = await askAdmin(address, BUDGET_PATH);
  const state = readBudget(answer.ok ? answer.value : null);
  return state === null ? [] : [{ what: "budget", state: state.isUsedUp ? "wrong" : "ok", detail: state.text }];
}
