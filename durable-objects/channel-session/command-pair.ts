/** `/pair`: shows the owner who asks to be let in, lets them in or turns them away. */
import { assertNever } from "../../protocol/assert.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import type { PairRequest } from "./command.ts";
import { keepAttempt, readAttempt } from "./command-attempt.ts";
import type { Errand } from "./command-errand.ts";
import { renderApproved, renderDismissed, renderPairings, renderRefusal, type Whom } from "./command-pair-text.ts";
import type { Said } from "./command-said.ts";

type Decision = Extract<PairRequest, { what: "approve" | "dismiss" }>;

/** Carries the command out. Throws if the directory cannot be asked; it can then be repeated. */
export async function answerPair(request: PairRequest, errand: Errand): Promise<Said> {
  const texts = textsFor(errand.language);
  switch (request.what) {
    case "list":
      return renderPairings(await errand.directory.listPairings(), texts, errand.now);
    case "approve":
    case "dismiss":
      return { text: await decide(request, errand, texts) };
    case "malformed":
      return { text: texts.pairing.malformed };
    default:
      return assertNever(request);
  }
}

async function decide(decision: Decision, errand: Errand, texts: Texts): Promise<string> {
  const { session, directory, id } = errand;
  const waiting = (await directory.listPairings()).find(({ code }) => code === decision.code);
  const before = readAttempt(session.sql, id, "pair");
  // An earlier try of this command may have got through: a code that still waits shows that it did not.
  if (before && !waiting) return settled(decision, before.of, errand, texts);
  keepAttempt(session.sql, id, { kind: "pair", of: waiting ? { peer: waiting.peer, name: waiting.name } : null });
  return decision.what === "approve" ? approve(decision.code, errand, texts) : dismiss(decision.code, errand, texts);
}

async function approve(code: string, { session, directory, now }: Errand, texts: Texts): Promise<string> {
  const outcome = await directory.approvePairing({ code, place: session.key });
  if (outcome.kind === "refused") return renderRefusal(outcome, texts, now);
  return renderApproved(outcome, outcome.role === "owner", texts);
}

async function dismiss(code: string, { session, directory, now }: Errand, texts: Texts): Promise<string> {
  const outcome = await directory.dismissPairing({ code, place: session.key });
  if (outcome.kind === "refused") return renderRefusal(outcome, texts, now);
  return renderDismissed(outcome, texts);
}

/** What became of a try whose answer was lost: whoever is let in shows it. */
async function settled({ what }: Decision, whom: Whom | null, { directory }: Errand, texts: Texts): Promise<string> {
  if (whom === null) return texts.pairing.unknownCode;
  const people = await directory.listPeople();
  const person = people.find(({ peers }) => peers.some(({ peer }) => peer === whom.peer));
  if (what === "dismiss") return person ? texts.pairing.unknownCode : renderDismissed(whom, texts);
  return person ? renderApproved(whom, person.role === "owner", texts) : texts.pairing.unknownCode;
}
