/** What nobody sees: white space, and characters without a width. Pure. */

/** Inside of a class of a regular expression. */
export const UNSEEN = "\\s\\u00ad\\u180e\\u200b-\\u200f\\u2060-\\u2064\\ufeff";

const BLANK = new RegExp(`^[${UNSEEN}]*$`);

/** Whether there is nothing to see of a text. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
