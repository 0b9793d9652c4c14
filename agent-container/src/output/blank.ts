/** What nobody sees: white space, and characters without a width. Pure. */

/** Inside of a class of a regular expression. */
export const UNSEEN = "\\s\\u00ad\\u180e\\u200b-\\u200f\\u2060-\\u2064\\ufeff";

/** A text as runs of what is seen and of what is not. */
export const RUNS = new RegExp(`[${UNSEEN}]+|[^${UNSEEN}]+`, "g");

const BLANK = new RegExp(`^[${UNSEEN}]*$`);

const START = new RegExp(`^[${UNSEEN}]+`);

/** Whether there is nothing to see of a text. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}

/** A text without what nobody sees at its beginning. */
export function seenStart(text: string): string {
  return text.replace(START, "");
}

/** A text without what nobody sees at both ends. */
export function seenPart(text: string): string {
  const start = seenStart(text);
  let end = start.length;
  while (end > 0 && isBlank(start.charAt(end - 1))) end--;
  return start.slice(0, end);
}
