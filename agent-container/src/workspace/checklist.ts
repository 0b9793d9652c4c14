/** The items of HEARTBEAT.md, as people see and change them by `/checklist`. Pure. */

export type ChecklistItem = {
  /** Of the text, from 0. */
  readonly line: number;
  readonly text: string;
  readonly isDone: boolean;
};

const ITEM = /^\s*[-*+][ \t]+(?:\[([ xX])\][ \t]*)?(.*)$/;
const FENCE = /^\s*(?:`{3,}|~{3,})/;
const COMMENT_BEGINS = "<!--";
const COMMENT_ENDS = "-->";
/** How a new list begins. */
const HEADING = "# Heartbeat";
/** People paste an item with the mark of a list before it. */
const MARK = /^(?:[-*+]\s+)?(?:\[[ xX]?\]\s*)?/;
/** Before this day, or this minute of it, an item is not due. */
const DUE_FROM = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?(?:\s*[:,–-])?\s+/;
/** Longest item in UTF-16 units. */
const ITEM_MAX = 500;

/** All items, open or done, in their order. What stands in a comment or a block of code is none. */
export function readItems(text: string): readonly ChecklistItem[] {
  const items: ChecklistItem[] = [];
  let isHidden = false;
  let isCode = false;
  for (const [line, words] of linesOf(text).entries()) {
    if (!isHidden && FENCE.test(words)) isCode = !isCode;
    const wasHidden = isHidden;
    isHidden = isInComment(words, isHidden);
    if (isCode || wasHidden || words.trimStart().startsWith(COMMENT_BEGINS)) continue;
    const [, mark, said = ""] = ITEM.exec(words) ?? [];
    if (said.trim() !== "") items.push({ line, text: said.trim(), isDone: mark !== undefined && mark !== " " });
  }
  return items;
}

/** The list with one more open item at its end; null: the same one is there and open. */
export function withItem(text: string | null, item: string): string | null {
  const words = cleanItem(item);
  const before = text === null || text.trim() === "" ? `${HEADING}\n` : text.trimEnd();
  if (readItems(before).some((one) => !one.isDone && one.text === words)) return null;
  const isList = ITEM.test(linesOf(before).at(-1) ?? "");
  return `${before}${isList ? "\n" : "\n\n"}- [ ] ${words}\n`.replace(/\n{3,}(?=- \[ \] [^\n]*\n$)/, "\n\n");
}

/** The list with an item marked as done; items are numbered from 1, and keep their numbers. */
export function withDone(text: string, item: ChecklistItem): string {
  const done = (words: string) => words.replace(/^(\s*[-*+][ \t]+)(?:\[[ xX]\][ \t]*)?/, "$1[x] ");
  return linesOf(text)
    .map((words, line) => (line === item.line ? done(words) : words))
    .join("\n");
}

/** The list without its items; what stands around them stays. */
export function withoutItems(text: string): string {
  const lines = new Set(readItems(text).map(({ line }) => line));
  return linesOf(text)
    .filter((_words, line) => !lines.has(line))
    .join("\n");
}

/** From when on an item is due: `2026-12-01 09:00`, in the owner's time zone; null: it does not say. */
export function dueFrom(
  item: string,
): { readonly day: string; readonly time: string | null; readonly rest: string } | null {
  const [date, day, time = null] = DUE_FROM.exec(item) ?? [];
  return date === undefined || day === undefined ? null : { day, time, rest: item.slice(date.length) };
}

/** An item as one line. */
export function cleanItem(text: string): string {
  const words = text.replaceAll(/\s+/g, " ").trim().replace(MARK, "").replaceAll(COMMENT_BEGINS, "<! --");
  return words.slice(0, ITEM_MAX).toWellFormed();
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/);
}

function isInComment(words: string, wasIn: boolean): boolean {
  const begins = words.lastIndexOf(COMMENT_BEGINS);
  const ends = words.lastIndexOf(COMMENT_ENDS);
  return begins === ends ? wasIn : begins > ends;
}
