/** Shows a label that somebody else chose (a name, an id, a value) so that nothing in it is Markdown, a link or a new line. */

/** Longest label that is shown; the rest is cut. UTF-16 units. */
const LABEL_MAX = 80;
/** Nothing that moves other text or hides: control and format characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** The label as inline code. */
export function inlineCode(label: string, max = LABEL_MAX): string {
  return `\`${plainLabel(label, max).replaceAll("`", "'")}\``;
}

/** The same for places that show plain text: the label of a button. */
export function plainLabel(label: string, max = LABEL_MAX): string {
  const line = label.replaceAll(UNSEEN, " ").replaceAll(/\s+/gu, " ").trim();
  const shown = line.length > max ? `${line.slice(0, max - 1).toWellFormed()}…` : line.toWellFormed();
  return shown === "" ? "?" : shown;
}
