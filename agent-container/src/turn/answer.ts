/** What a turn says in the end, and what of it may be shown before. Pure. */
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import { SILENT_REPLY } from "../prompt/system-prompt.ts";
import { joinBlocks } from "./answer-text.ts";

/** Said when the model ended its turn without a word: a person who wrote gets an answer. */
const NO_WORDS = "(The model ended its turn without an answer.)";

/** The text of `final`. Empty means that nothing is to be sent, which only groups and jobs may choose. */
export function finalText(blocks: readonly string[], conversation: ConversationKey): string {
  const text = joinBlocks(blocks);
  if (text === SILENT_REPLY) return mayBeSilent(conversation) ? "" : NO_WORDS;
  return text === "" ? NO_WORDS : text;
}

/** Whether a growing text can still turn out to be the sign for silence, so that none of it may be shown yet. */
export function isMaybeSilent(text: string): boolean {
  return SILENT_REPLY.startsWith(text);
}

function mayBeSilent(conversation: ConversationKey): boolean {
  const ref = parseConversationKey(conversation);
  return ref.ok && (ref.value.kind === "group" || ref.value.kind === "job");
}
