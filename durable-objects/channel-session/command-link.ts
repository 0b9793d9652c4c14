/** `/link`: gives somebody a code for their other channel, or takes one that they got there. */
import { assertNever } from "../../protocol/assert.ts";
import type { LinkOutcome } from "../../protocol/pairing.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import type { LinkRequest } from "./command.ts";
import { keepAttempt, readAttempt } from "./command-attempt.ts";
import { type Errand, relearnPolicy } from "./command-errand.ts";
import type { Said } from "./command-said.ts";
import { minutesUntil } from "./command-time.ts";

/** Carries the command out. Throws if the directory cannot be asked; it can then be repeated. */
export async function answerLink(request: LinkRequest, errand: Errand): Promise<Said> {
  const texts = textsFor(errand.language);
  switch (request.what) {
    case "ask":
      return { text: await ask(errand, texts) };
    case "take":
      return { text: await take(request.code, errand, texts) };
    case "malformed":
      return { text: texts.links.malformed };
    default:
      return assertNever(request);
  }
}

async function ask({ directory, session, now }: Errand, { links }: Texts): Promise<string> {
  const answer = await directory.askLink(session.key);
  if (answer.kind === "code") return links.code({ code: answer.code, minutes: minutesUntil(answer.expiresAt, now) });
  return answer.code === "not_admitted" ? links.notAdmitted : links.tooManyLinks;
}

async function take(code: string, errand: Errand, texts: Texts): Promise<string> {
  const { directory, session, id, sender, now } = errand;
  const before = readAttempt(session.sql, id, "link");
  await relearnPolicy(errand);
  const personId = ownerOf(session.policy());
  if (before) {
    // If the earlier try got through, the channel is somebody else's by now. A code is not tried twice.
    const isDone = personId !== before.personId;
    return isDone ? texts.links.linked(inlineCode(await nameOf(personId, errand))) : texts.links.interrupted;
  }
  keepAttempt(session.sql, id, { kind: "link", personId });
  const outcome = await directory.takeLink(session.key, code, sender.name);
  if (outcome.kind === "linked") await relearnPolicy(errand);
  return renderOutcome(outcome, texts, now);
}

/** Whom this chat belongs to. */
function ownerOf({ access }: ReturnType<Errand["session"]["policy"]>): string | null {
  return access.kind === "admitted" ? access.personId : null;
}

async function nameOf(personId: string | null, { directory }: Errand): Promise<string> {
  const people = await directory.listPeople();
  return people.find((person) => person.personId === personId)?.name ?? personId ?? "?";
}

function renderOutcome(outcome: LinkOutcome, { links, pairing }: Texts, now: number): string {
  if (outcome.kind === "linked") return links.linked(inlineCode(outcome.name));
  switch (outcome.code) {
    case "already_linked":
      return links.alreadyLinked;
    case "unknown_code":
      return links.unknownCode;
    case "too_many_tries":
      return pairing.tooManyTries(minutesUntil(outcome.retryAt, now));
    case "too_many_people":
      return pairing.tooManyPeople;
    default:
      return assertNever(outcome);
  }
}
