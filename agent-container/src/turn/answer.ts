/** What a turn says in the end, and what of it may be shown before. Pure. */
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import type { AnswerParts } from "../agent/answer-parts.ts";
import type { Answer } from "../agent/ledger.ts";
import { SILENT_REPLY } from "../prompt/system-prompt.ts";
import { joinBlocks } from "./answer-text.ts";

/** Said when the model ended its turn without a word: a person who wrote gets an answer. */
const NO_WORDS = "(The model ended its turn without an answer.)";
/** Stands above buttons that the model put under nothing. */
const CHOOSE = "(Please choose.)";

/**
 * What `final` says. An empty text means that no words are to be sent: files can be the whole answer, and groups and
 * jobs may choose silence.
 */
export function finalAnswer(
  blocks: readonly string[],
  { files, buttons }: Pick<AnswerParts, "files" | "buttons">,
  conversation: ConversationKey,
): Pick<Answer, "text" | "files" | "buttons"> {
  // What was said before the sign for silence was said; the sign itself is for nobody's eyes.
  const words = blocks.filter((block) => block.trim() !== SILENT_REPLY);
  const said = joinBlocks(words.length > 0 ? words : blocks);
  if (said === SILENT_REPLY && files.length === 0 && mayBeSilent(conversation)) return { text: "" };
  const isWordless = said === SILENT_REPLY || said === "";
  return {
    text: isWordless ? placeholder(files.length > 0, buttons.length > 0) : said,
    ...(files.length > 0 && { files: [...files] }),
    ...(buttons.length > 0 && { buttons: buttons.map((row) => [...row]) }),
  };
}

function placeholder(hasFiles: boolean, hasButtons: boolean): string {
  if (hasButtons) return CHOOSE;
  return hasFiles ? "" : NO_WORDS;
}

/** Whether a growing text can still turn out to be the sign for silence, so that none of it may be shown yet. */
export function isMaybeSilent(text: string): boolean {
  return SILENT_REPLY.startsWith(text);
}

function mayBeSilent(conversation: ConversationKey): boolean {
  const ref = parseConversationKey(conversation);
  return ref.ok && (ref.value.kind === "group" || ref.value.kind === "job");
}
