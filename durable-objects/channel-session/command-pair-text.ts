/** What `/pair` says, in words. Pure. */
import type { Peer } from "../../protocol/access.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { CodeRefusal, OpenPairing } from "../../protocol/pairing.ts";
import { inlineCode, plainLabel } from "../../protocol/texts/inline-code.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import { boundedList } from "./command-list.ts";
import type { Said } from "./command-said.ts";
import { minutesUntil } from "./command-time.ts";

/** Somebody who asks to be let in; they chose the name. */
export type Whom = { readonly peer: Peer; readonly name: string };

/** Buttons of one list: what a person still looks through. */
const BUTTONS_MAX = 12;
/** UTF-16 units of a button's label, and of the name in it. */
const LABEL_MAX = 60;
const NAME_MAX = 30;

/** Somebody is in. */
export function renderApproved(whom: Whom, isOwner: boolean, { pairing }: Texts): string {
  return isOwner ? pairing.approvedOwner(shown(whom)) : pairing.approved(shown(whom));
}

/** Somebody was turned away. */
export function renderDismissed(whom: Whom, { pairing }: Texts): string {
  return pairing.dismissed(shown(whom));
}

function shown({ name, peer }: Whom) {
  return { name: inlineCode(name), peer: inlineCode(peer) };
}

/** Why a code was not taken, in words. */
export function renderRefusal(refusal: CodeRefusal, { pairing }: Texts, now: number): string {
  switch (refusal.code) {
    case "unknown_code":
      return pairing.unknownCode;
    case "too_many_tries":
      return pairing.tooManyTries(minutesUntil(refusal.retryAt, now));
    case "too_many_people":
      return pairing.tooManyPeople;
    default:
      return assertNever(refusal);
  }
}

/** Who asks to be let in, with a button for each. */
export function renderPairings(pairings: readonly OpenPairing[], { pairing, more }: Texts, now: number): Said {
  if (pairings.length === 0) return { text: pairing.nobodyWaits };
  const lines = pairings.map(({ name, peer, code, expiresAt }) =>
    pairing.listItem({ ...shown({ name, peer }), code, minutes: minutesUntil(expiresAt, now) }),
  );
  const buttons = pairings.slice(0, BUTTONS_MAX).map(({ name, peer, code }) => {
    const label = plainLabel(`${pairing.letIn}: ${plainLabel(name, NAME_MAX)} (${peer})`, LABEL_MAX);
    return [{ label, value: `/pair ${code}`, isCommand: true } as const];
  });
  return { text: [pairing.listHeader, boundedList(lines, more), pairing.listHint].join("\n\n"), buttons };
}
