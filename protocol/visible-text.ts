/** Whether a text shows anything at all: platforms refuse one that does not, and a person would see no answer. */

/** Format characters, separators and controls, and the two letters that are drawn as nothing (Hangul filler, braille blank). */
const INVISIBLE = /[\p{Cf}\p{Z}\p{Cc}\u2800\u3164\u115F\u1160\uFFA0\uFE00-\uFE0F]/gu;
/** Character references that Markdown decodes to one of them: `&#8203;`, `&nbsp;`, `&ZeroWidthSpace;`. */
const REFERENCE = /&(?:#\d{1,7}|#x[\da-f]{1,6}|nbsp|ensp|emsp|thinsp|zwj|zwnj|shy|ZeroWidthSpace);/giu;
/** Marks that delimit and are not shown themselves. */
const FENCE_LINE = /^[ \t>]*(?:`{3,}|~{3,})[^\n`]*$/gmu;

/** True when Markdown `text` holds nothing that a reader could see. Pure. */
export function showsNothing(text: string): boolean {
  return text.replace(FENCE_LINE, "").replace(REFERENCE, "").replace(INVISIBLE, "") === "";
}
