/** Whether a text shows anything at all: platforms refuse one that does not, and a person would see no answer. */

/**
 * Anything but controls, separators, and what is drawn as nothing: format characters, fillers (`Default_Ignorable`), the
 * blank of braille.
 */
const VISIBLE = /[^\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Character references that Markdown decodes to one of them: `&#8203;`, `&nbsp;`, `&ZeroWidthSpace;`. */
const REFERENCE = /&(?:#\d{1,7}|#x[\da-f]{1,6}|nbsp|ensp|emsp|thinsp|zwj|zwnj|shy|ZeroWidthSpace);/giu;
/** Marks that delimit and are not shown themselves. What follows one in its line may be all that an answer says. */
const FENCE_MARK = /^[ \t>]*(?:`{3,}|~{3,})/gmu;

/** True when Markdown `text` holds nothing that a reader could see. Pure. */
export function showsNothing(text: string): boolean {
  return isInvisible(text.replace(FENCE_MARK, "").replace(REFERENCE, ""));
}

/** True when `text`, read as it stands and not as Markdown, holds nothing that a reader could see. Pure. */
export function isInvisible(text: string): boolean {
  return !VISIBLE.test(text);
}
