/** What a turn has used, as its transcript tells: each answer says it, and one value holds what is in no answer. */
import { BACKGROUND_CONTEXT, type Session, value } from "@earendil-works/pi-agent-core";
import * as v from "valibot";
import { addSpent, NOTHING_SPENT, spent, type Spent } from "../../../protocol/budget.ts";
import type { TurnId } from "../../../protocol/ids.ts";
import { answersOf } from "./ledger.ts";
import { findModel, isProviderName } from "./models/catalog.ts";
import { spentOn } from "./models/prices.ts";

const besideRecord = v.object({ turnId: v.string(), spent });

/** Of the newest turn that had any. */
const BESIDE = value<v.InferOutput<typeof besideRecord>>("agent-claw.beside");

/** What is recorded of a turn: by its answers, and beside them. */
export async function readSpent(
  session: Session,
  turnId: TurnId,
): Promise<{ readonly recorded: Spent; readonly beside: Spent }> {
  const [answers, stored] = await Promise.all([
    answersOf(session, turnId),
    session.getValue(BESIDE, BACKGROUND_CONTEXT),
  ]);
  const recorded = answers
    .map(({ provider, model: id, usage }) => {
      const known = isProviderName(provider) ? findModel(provider, id) : undefined;
      return known === undefined ? NOTHING_SPENT : spentOn(known, usage);
    })
    .reduce(addSpent, NOTHING_SPENT);
  const beside = v.safeParse(besideRecord, stored?.value);
  return { recorded, beside: beside.success && beside.output.turnId === turnId ? beside.output.spent : NOTHING_SPENT };
}

/** Writes down what is in no answer. */
export async function writeBeside(session: Session, turnId: TurnId, beside: Spent): Promise<void> {
  await session.setValue(BESIDE, { turnId, spent: beside }, BACKGROUND_CONTEXT);
}
