/**
 * Formulas in Markdown: `$x^2$`, `$$…$$`, `\(…\)` and `\[…\]`. Markdown knows none of them and would read their `_`, `*`
 * and `\` as its own marks, so they are put aside before a text is parsed and put back where it is shown. Pure.
 */

export type Formula = {
  /** LaTeX, without the marks around it. */
  readonly tex: string;
  /** As it stands in the text. */
  readonly source: string;
  /** Stands in lines of its own. */
  readonly isBlock: boolean;
};

/** A text in which each formula is one character: `FIRST` for the first, and so on. */
export type PutAside = { readonly text: string; readonly formulas: readonly Formula[] };

/** Supplementary Private Use Area-A ("Unicode Standard", 23.5): characters that mean nothing to anybody else. */
const FIRST = 0xf0000;
const STANDS_FOR_FORMULA = /([\u{f0000}-\u{ffffd}])/u;
/** Longest formulas looked for, so that looking stays linear. UTF-16 units. */
const BLOCK_MAX = 1_000;
const INLINE_MAX = 200;

/** The groups of `FORMULA`, each the LaTeX between its marks. */
const MARKS = ["dollars", "brackets", "parens", "dollar"] as const;
type Mark = (typeof MARKS)[number];

/**
 * Code comes first, so that what is in it is no formula; a backslash that escapes a dollar or another backslash, too. A
 * dollar begins a formula only after a space or an opening mark, and ends it only before none of a word: else it is money.
 */
const FORMULA = new RegExp(
  [
    "(?<code>^[ \\t>]*(?<fence>`{3,}|~{3,})[^]*?(?:^[ \\t>]*\\k<fence>|$(?![^]))|(?<ticks>`+)(?!`)[^]{1,500}?(?<!`)\\k<ticks>(?!`))",
    `\\$\\$(?<dollars>[^$\`]{1,${BLOCK_MAX}})\\$\\$`,
    `\\\\\\[(?<brackets>[^\`]{1,${BLOCK_MAX}}?)\\\\\\]`,
    `\\\\\\((?<parens>[^\`\\n]{1,${INLINE_MAX}}?)\\\\\\)`,
    `(?<=^|[\\s([{"'*_–—:,])\\$(?<dollar>[^\\s$\`](?:[^$\`\\n]{0,${INLINE_MAX}}[^\\s$\`\\\\])?)\\$(?![\\w$])`,
    "(?<escape>\\\\[\\\\$])",
  ].join("|"),
  "gmu",
);
/** Markdown would show these as other characters: a reference, a NUL, a paragraph's or a quote's end. */
const NOT_IN_FORMULA = /&#?\w{1,32};|\0|\n[ \t]*\n|\n[ \t]*>/u;

/** Puts the formulas of `markdown` aside. Linear; a text that uses our characters itself is left alone. */
export function putFormulasAside(markdown: string): PutAside {
  if (!/[$\\]/u.test(markdown) || STANDS_FOR_FORMULA.test(markdown)) return { text: markdown, formulas: [] };
  const formulas: Formula[] = [];
  let text = "";
  let end = 0;
  for (const match of markdown.matchAll(FORMULA)) {
    const formula = readFormula(match, markdown);
    if (!formula) continue;
    text += markdown.slice(end, match.index) + String.fromCodePoint(FIRST + formulas.length);
    formulas.push(formula);
    end = match.index + formula.source.length;
  }
  return { text: text + markdown.slice(end), formulas };
}

function readFormula({ 0: source, groups = {}, index }: RegExpExecArray, markdown: string): Formula | null {
  const mark = MARKS.find((name) => groups[name] !== undefined);
  const tex = (mark && groups[mark])?.trim();
  if (!mark || !tex || NOT_IN_FORMULA.test(tex)) return null;
  const isDisplayed = mark === "dollars" || mark === "brackets";
  const isBlock = isDisplayed && standsAlone(markdown, index, index + source.length);
  if (!isLikely(mark, tex, isBlock)) return null;
  // In a row of a table it would be the end of a cell.
  if (/(?<!\\)\|/u.test(tex) && /^[\s>]*\|/u.test(lineBefore(markdown, index))) return null;
  return { tex, source, isBlock };
}

/** `$5 and 10 cents$` has no mark of LaTeX, and neither do the escaped brackets of `\[1\]`. */
function isLikely(mark: Mark, tex: string, isBlock: boolean): boolean {
  if (/[\\^_={}]/u.test(tex) || (mark === "dollars" && isBlock)) return true;
  const hasOnlySingleLetters = /^(?!.*\p{L}{2})(?=.*\p{L})/u.test(tex);
  return mark !== "brackets" && hasOnlySingleLetters;
}

/**
 * A text that was put aside, cut before and after each of its formulas: a formula is a piece by itself, and the others are
 * texts without any.
 */
export function cutAtFormulas(text: string): readonly string[] {
  return text.split(STANDS_FOR_FORMULA).filter((piece) => piece !== "");
}

/** The formula that a piece of `cutAtFormulas` stands for; undefined for a text. */
export function formulaOf(piece: string, formulas: readonly Formula[]): Formula | undefined {
  return formulas[(piece.codePointAt(0) ?? 0) - FIRST];
}

/** The text as it was before its formulas were put aside. */
export function putBack(text: string, formulas: readonly Formula[]): string {
  if (formulas.length === 0) return text;
  return cutAtFormulas(text)
    .map((piece) => formulaOf(piece, formulas)?.source ?? piece)
    .join("");
}

/** Whether nothing else is in the lines of this piece. */
function standsAlone(text: string, start: number, end: number): boolean {
  const lineEnd = text.indexOf("\n", end);
  const after = text.slice(end, lineEnd < 0 ? text.length : lineEnd);
  return lineBefore(text, start).trim() === "" && after.trim() === "";
}

function lineBefore(text: string, at: number): string {
  return text.slice(at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1, at);
}
