/** Whether a text calls somebody by name, for channels where a name in a text is no mention of its own. Pure. */

/** Only so much of a text is searched, in UTF-16 units: patterns are other people's and may be slow. Telegram's longest text. */
const SEARCHED_MAX = 4_096;
/** Most stars of a pattern: each may be tried at every letter of a word. */
const STARS_MAX = 2;
const LETTER = "[\\p{L}\\p{N}_]";

/** Whether `name` is in the beginning of `text`, in any case and as no part of a longer word. An empty name never is. */
export function holdsName(text: string, name: string): boolean {
  return name.trim() !== "" && holds(text, literally(name.trim()));
}

/**
 * The same for names of the configuration, where `*` stands for any letters of a word. No regular expressions: one that
 * takes for ever on some text would stop us with it. A pattern with too many stars is never found.
 */
export function isNamed(text: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const pieces = pattern.trim().split("*");
    const isUsable = pieces.length <= STARS_MAX + 1 && pieces.some((piece) => piece.trim() !== "");
    return isUsable && holds(text, pieces.map(literally).join(`${LETTER}*`));
  });
}

function holds(text: string, words: string): boolean {
  return new RegExp(`(?<!${LETTER})${words}(?!${LETTER})`, "iu").test(text.slice(0, SEARCHED_MAX));
}

/** A text as it is, however much space is between its words. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, "\\$&").replaceAll(/\s+/gu, "\\s+");
}
