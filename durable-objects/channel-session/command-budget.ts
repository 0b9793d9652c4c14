/** `/budget`, which is the owner's, and `/usage cost`: shows what was used, and allows more. */
import { assertNever } from "../../protocol/assert.ts";
import type { AllowOutcome } from "../../protocol/budget.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { roleOf } from "./admission.ts";
import { renderAllowed, renderReport } from "./budget-text.ts";
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
  const { directory, session, id, language } = errand;
  const by = `${session.key} ${id}`;
  const { budget } = textsFor(language);
  switch (request.what) {
    case "own":
    case "report":
      return report(conversation, errand);
    case "take":
      return { text: outcomeText(await directory.allowMore({ offer: request.offer, by }), errand) };
    case "allow": {
      const { microUsd, tokens } = request;
      return { text: outcomeText(await directory.allowMore({ amount: { microUsd, tokens }, by }), errand) };
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
      return renderAllowed(outcome, language);
    case "unknown_offer":
      return budget.offerGone;
    case "no_limit":
      return budget.noLimit;
    default:
      return assertNever(outcome);
  }
}
