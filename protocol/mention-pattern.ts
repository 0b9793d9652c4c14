/** Names by which a text can call us, for channels where a name in a text is no mention of its own. Pure. */

/** Most stars of a name: each may be tried at every letter of a word. */
const STARS_MAX = 2;
/** Only so much of a text is searched, in UTF-16 units: names are other people's and may be slow to find. */
const SEARCHED_MAX = 4_096;

/**
 * Finds a name in any case that is no part of a longer word; `*` stands for any letters. Null: it cannot be a name.
 * No regular expressions: one that takes for ever on some text would stop the bot with it.
 */
export function mentionPattern(name: string): RegExp | null {
  const pieces = name.split("*");
  if (pieces.length > STARS_MAX + 1 || !/[\p{L}\p{N}]/u.test(name)) return null;
  const words = pieces.map(literally).join("[\\p{L}\\p{N}_]*");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${words}(?![\\p{L}\\p{N}_])`, "iu");
}

/** What is wrong with a name that `mentionPattern` does not take. */
export const MENTION_PATTERN_PROBLEM = `must be names, each with at most ${STARS_MAX} stars: claw, hey bot, claw*`;

/** Whether one of the names is in the beginning of a text. */
export function isCalledBy(text: string, names: readonly string[]): boolean {
  const searched = text.slice(0, SEARCHED_MAX);
  return names.some((name) => patternOf(name)?.test(searched));
}

const patterns = new Map<string, RegExp | null>();
/** Patterns that are remembered; names of a configuration seldom change. */
const REMEMBERED_MAX = 1_000;

function patternOf(name: string): RegExp | null {
  const known = patterns.get(name);
  if (known !== undefined) return known;
  if (patterns.size >= REMEMBERED_MAX) patterns.clear();
  const made = mentionPattern(name);
  patterns.set(name, made);
  return made;
}

/** A text as it is, however many spaces are between its words. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll(/\s+/g, "\\s+");
}
