/** Whether a text calls somebody by name, for channels where a name in a text is no mention of its own. Pure. */

/** Only so much of a text is searched, in UTF-16 units: patterns are other people's and may be slow. Telegram's longest text. */
const SEARCHED_MAX = 4_096;

/** Finds `name` as a whole word in any case, or never if there is nothing to find. */
export function namePattern(name: string): RegExp {
  const words = name.trim().split(/\s+/u).map(escapePattern).join("\\s+");
  return words === "" ? /(?!)/u : new RegExp(`(?<![\\p{L}\\p{N}_])${words}(?![\\p{L}\\p{N}_])`, "iu");
}

/** Whether one of the patterns is in the beginning of `text`. */
export function isNamed(text: string, patterns: readonly RegExp[]): boolean {
  const searched = text.slice(0, SEARCHED_MAX);
  return patterns.some((pattern) => pattern.test(searched));
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
}
