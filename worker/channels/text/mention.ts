/** Whether a text calls somebody by the name that people see, for channels where that is no mention of its own. Pure. */

/** Only so much of a text is searched, in UTF-16 units. Telegram's longest text. */
const SEARCHED_MAX = 4_096;

/** Whether `name` is in the beginning of `text`, in any case and as no part of a longer word. An empty name never is. */
export function holdsName(text: string, name: string): boolean {
  const words = name
    .trim()
    .replaceAll(/[\\^$.*+?()[\]{}|/]/gu, "\\$&")
    .replaceAll(/\s+/gu, "\\s+");
  if (words === "") return false;
  return new RegExp(`(?<![\\p{L}\\p{N}_])${words}(?![\\p{L}\\p{N}_])`, "iu").test(text.slice(0, SEARCHED_MAX));
}
