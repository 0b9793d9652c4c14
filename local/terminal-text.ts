/** What may be written to a terminal of words that somebody else chose: a model, a platform, a server that poses as one. */

/** Most of somebody else's words in a line, in UTF-16 units: a dozen rows of 80 columns. */
export const WORDS_MAX = 1_000;

/** Control characters make a terminal do things, and marks of writing direction make a line read as another one. */
const UNPRINTABLE = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/** The text without what is no text; line ends and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, "");
}

/** The same in one line, cut to `WORDS_MAX`. */
export function printableLine(text: string): string {
  // Whoever sends a megabyte shall not have it searched.
  const line = printable(text.slice(0, 2 * WORDS_MAX))
    .replaceAll(/\s+/gu, " ")
    .trim();
  const isWhole = line.length <= WORDS_MAX && text.length <= 2 * WORDS_MAX;
  return isWhole ? line : `${line.slice(0, WORDS_MAX).toWellFormed()}…`;
}
