/** What a turn says in the end. Pure. */
import type { InboundId } from "../../../protocol/ids.ts";
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import type { AnswerParts } from "../agent/answer-parts.ts";
import type { Answer } from "../agent/ledger.ts";
import { cleanFileName } from "../output/labels.ts";
import { AnswerText } from "./answer-text.ts";

/** Said when the model ended its turn without a word: a person who wrote gets an answer. */
const NO_WORDS = "(The model ended its turn without an answer.)";
/** Stands above buttons that the model put under nothing. */
const CHOOSE = "(Please choose.)";

/** Where it is said; `task`: it is a run that nobody has written. */
export type AnswerPlace = { readonly conversation: ConversationKey; readonly task?: object | undefined };

/** What a turn has come to. */
export type Said = {
  /** Its finished blocks of text, in order. */
  readonly blocks: readonly string[];
  readonly parts: Pick<AnswerParts, "files" | "buttons">;
  /** The messages that it took in, in the order of their coming. */
  readonly consumed: readonly InboundId[];
};

/**
 * What `final` says. An empty text means that no words are to be sent: files can be the whole answer, and groups,
 * jobs and runs may choose silence.
 */
export function finalAnswer(
  { blocks, parts, consumed }: Said,
  place: AnswerPlace,
): Pick<Answer, "text" | "files" | "buttons" | "replyTo"> {
  const { text, asides } = AnswerText.from(blocks);
  const files = parts.files.map((file) => ({ ...file, name: cleanFileName(file.name) }));
  if (text === "" && files.length === 0 && isLeftUnanswered(asides.isSilent, place)) return { text };
  const buttons = parts.buttons.map((row) => [...row]);
  const replyTo = messageOf(asides.replyTo, consumed);
  return {
    text: text === "" ? placeholder(files.length > 0, buttons.length > 0) : text,
    ...(files.length > 0 && { files }),
    ...(buttons.length > 0 && { buttons }),
    ...(replyTo !== undefined && { replyTo }),
  };
}

/** Whether there is nothing to say or to show, though somebody waits for an answer. */
export function lacksWords({ blocks, parts }: Omit<Said, "consumed">, place: AnswerPlace): boolean {
  const { text, asides } = AnswerText.from(blocks);
  const isNothing = text === "" && parts.files.length === 0 && parts.buttons.length === 0;
  return isNothing && !isLeftUnanswered(asides.isSilent, place);
}

function placeholder(hasFiles: boolean, hasButtons: boolean): string {
  if (hasButtons) return CHOOSE;
  return hasFiles ? "" : NO_WORDS;
}

/** The message that a reply tag names, if it is one of the turn: those that it took in, in the order of their coming. */
export function messageOf(tag: string | undefined, consumed: readonly InboundId[]): InboundId | undefined {
  return tag === "" ? consumed.at(-1) : consumed.find((id) => id === tag);
}

/** Silence is an answer in groups and in jobs, and where nobody has written. */
function isLeftUnanswered(isSilent: boolean, { conversation, task }: AnswerPlace): boolean {
  const ref = parseConversationKey(conversation);
  const isFree = task !== undefined || (ref.ok && (ref.value.kind === "group" || ref.value.kind === "job"));
  return isSilent && isFree;
}
