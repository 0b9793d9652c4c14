/** What the edge itself says in a chat: short, plain, and never more of a failure than the person can use. */
import type { Language, Role } from "../../protocol/access.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { FAILURE_CODES, type Texts } from "../../protocol/texts/texts.ts";
import { renderDeadLetters } from "./dead-letter-notice.ts";
import type { ButtonRows } from "./edge-button.ts";

export type Notice =
  | { readonly kind: "failed"; readonly code: string; readonly message?: string; readonly text?: string }
  | { readonly kind: "stopped"; readonly running: boolean }
  | { readonly kind: "new_conversation" }
  | { readonly kind: "empty_answer" }
  /** An answer that is nothing but buttons needs a text that they hang on. */
  | { readonly kind: "choose" }
  /** We came to a group; `group` is set if we do not listen to it: what the owner must let in. */
  | { readonly kind: "joined"; readonly group: string | null }
  /** Files that the platform does not take. */
  | { readonly kind: "files_left_out"; readonly names: readonly string[] }
  /** For a stranger: their code. */
  | {
      readonly kind: "pairing";
      readonly peer: string;
      readonly code: string;
      readonly hasOwner: boolean;
      readonly minutes: number;
    }
  /** For somebody who was let in. */
  | { readonly kind: "welcome"; readonly role: Role }
  /** For somebody whose channel is another person's now. */
  | { readonly kind: "linked"; readonly name: string }
  /** For the owner: who asks to be let in. */
  | {
      readonly kind: "stranger";
      readonly peer: string;
      readonly name: string;
      readonly code: string;
      readonly minutes: number;
    }
  /** For the owner; `more` counts those that are not named. */
  | { readonly kind: "dead_letters"; readonly deadLetters: readonly DeadLetter[]; readonly more: number };

/** The Markdown of a notice. Pure. */
export function renderNotice(notice: Notice, language: Language): string {
  const texts = textsFor(language);
  switch (notice.kind) {
    case "failed":
      return renderFailure(notice, texts);
    case "stopped":
      return notice.running ? texts.notices.stopped : texts.notices.nothingRunning;
    case "new_conversation":
      return texts.notices.newConversation;
    case "empty_answer":
      return texts.notices.emptyAnswer;
    case "choose":
      return texts.notices.choose;
    case "joined":
      return notice.group === null ? texts.notices.joined : texts.notices.groupNotHeard(inlineCode(notice.group));
    case "files_left_out":
      return texts.notices.filesLeftOut(listFiles(notice.names, texts));
    case "pairing": {
      const { code, hasOwner, minutes } = notice;
      return texts.pairing.stranger({ peer: inlineCode(notice.peer), code, hasOwner, minutes: String(minutes) });
    }
    case "welcome":
      return texts.pairing.welcome[notice.role];
    case "linked":
      return texts.links.linked(inlineCode(notice.name));
    case "stranger":
      return texts.pairing.asked({ ...shownPairing(notice) });
    case "dead_letters":
      return renderDeadLetters(notice.deadLetters, notice.more, language);
    default:
      return assertNever(notice);
  }
}

/** A pairing as it is shown to the owner: whoever asks has chosen the name. */
export function shownPairing(pairing: {
  readonly name: string;
  readonly peer: string;
  readonly code: string;
  readonly minutes: number;
}) {
  const { name, peer, code, minutes } = pairing;
  return { name: inlineCode(name), peer: inlineCode(peer), code, minutes: String(minutes) };
}

/** The buttons below a notice to the owner about somebody who asks to be let in. */
export function pairingButtons(code: string, language: Language): ButtonRows {
  const { letIn, turnAway } = textsFor(language).pairing;
  return [
    [
      { label: letIn, value: `/pair ${code}`, isCommand: true },
      { label: turnAway, value: `/pair dismiss ${code}`, isCommand: true },
    ],
  ];
}

/** Files that are named; how many more there are is said. */
const FILES_NAMED_MAX = 10;

function listFiles(names: readonly string[], texts: Texts): string {
  const named = names.slice(0, FILES_NAMED_MAX).map((name) => inlineCode(name));
  const more = names.length - named.length;
  return [...named, ...(more > 0 ? [texts.more(String(more))] : [])].join(", ");
}

/** Codes that say it all have words of ours, in every language; for others the agent has brought its own. */
function renderFailure({ code, message, text }: Extract<Notice, { kind: "failed" }>, { failures }: Texts): string {
  const known = FAILURE_CODES.find((failure) => failure === code);
  const reason = known === undefined ? (message ?? failures.unknown) : failures.reasons[known];
  const why = `${reason} (${inlineCode(code)})`;
  return text === undefined ? failures.noAnswer(why) : `${text}\n\n${failures.brokenOff(why)}`;
}
