/** What a model answers, and nothing else, to leave something without an answer. Pure. */

export const SILENT_REPLY = "NO_REPLY";

/** A text as it is said: nothing, if it only says that nothing is to be said. */
export function withoutSilentReply(text: string): string {
  return text.trim() === SILENT_REPLY ? "" : text;
}
