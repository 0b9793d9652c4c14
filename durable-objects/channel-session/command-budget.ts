/** `/budget` and `/usage cost`: shows what was used, and allows more. */
import { assertNever } from "../../protocol/assert.ts";
import type { AllowOutcome } from "../../protocol/budget.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { roleOf } from "./admission.ts";
import { allowedText, renderReport } from "./budget-text.ts";
import type { BudgetRequest } from "./command.ts";
import type { Errand } from "./command-errand.ts";
import type { Said } from "./command-said.ts";
import { spaceOfKey } from "./envelope.ts";

/** Carries the command out. Throws if the directory cannot be asked; it can then be repeated. */
export async function answerBudget(
  request: BudgetRequest,
  conversation: ConversationKey,
  errand: Errand,
): Promise<Said> {
  const { directory, id, language } = errand;
  const { budget } = textsFor(language);
  switch (request.what) {
    case "report":
      return report(conversation, errand);
    case "take":
      return { text: outcomeText(await directory.allowMore({ offer: request.offer, by: id }), errand) };
    case "allow": {
      const amount = { microUsd: request.microUsd, tokens: 0 };
      return { text: outcomeText(await directory.allowMore({ amount }), errand) };
    }
    case "wait":
      return { text: budget.waiting };
    case "malformed":
      return { text: budget.malformed };
    default:
      return assertNever(request);
  }
}

/** The owner sees everybody where nobody else reads along. */
async function report(conversation: ConversationKey, errand: Errand): Promise<Said> {
  const { session, directory, sender, language } = errand;
  const isOwner = roleOf(sender, session.policy()) === "owner" && session.ref.chatKind === "direct";
  const shown = await directory.usageReport(isOwner ? null : spaceOfKey(conversation));
  return { text: renderReport(shown, isOwner ? "all" : "own", { language, timezone: shown.timezone }) };
}

function outcomeText(outcome: AllowOutcome, { language }: Errand): string {
  const { budget } = textsFor(language);
  switch (outcome.kind) {
    case "allowed":
      return budget.allowed(allowedText(outcome.amount, language));
    case "unknown_offer":
      return budget.offerGone;
    case "no_limit":
      return budget.noLimit;
    default:
      return assertNever(outcome);
  }
}
