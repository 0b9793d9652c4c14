/**
 * Reads Markdown line by line, as much as a splitter must know: which lines belong to a fenced code block, in what
 * list or quote it stands, and where blocks begin. One pass and linear, unlike a full parse (which is quadratic for some texts).
 */

/** A fenced code block and how it is closed and opened again when it is divided. */
export type Fence = {
  /** Its opening marker, three or more of "`" or "~". */
  readonly marker: string;
  readonly info: string;
  /** What stands before a line of the block inside its list or quote: spaces and ">" only. */
  readonly prefix: string;
};

export type Line = {
  readonly text: string;
  readonly role: "text" | "open" | "code" | "close";
  /** For `open`, `code` and `close`. */
  readonly fence?: Fence;
  /** For `code`: the line without the marks of the list or quote that it stands in. */
  readonly code?: string;
  /** Whether a block of its own begins here: a good place to divide. */
  readonly startsBlock: boolean;
  /** Lines with the same group stay together if they fit: one code block, one table. */
  readonly group?: number;
};

const QUOTE_MARK = /^ {0,3}> ?/;
const LIST_MARK = /^( {0,3}(?:[-*+]|\d{1,9}[.)]))( {1,4}(?=\S)| (?= )|$)/;
/** The info string is trimmed afterwards: spaces before the end, looked for by a pattern, take quadratic time. */
const FENCE_OPEN = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$/s;
const HEADING = /^ {0,3}#{1,6}(?:\s|$)/;
const TABLE_ROW = /^\s*\|/;
/** Containers looked for in one line; a deeper one is taken as text. */
const NESTING_MAX = 30;

type Open = { readonly fence: Fence; readonly quotes: number; readonly offset: number; readonly indent: number };
type Place = {
  readonly quotes: number;
  readonly column: number;
  readonly rest: string;
  readonly lists: readonly number[];
};

/**
 * Reads all lines of `markdown`. Line ends (`\n`, `\r\n`, `\r`) are not part of a line. Where a code block ends because its
 * list or quote does, an empty `close` line stands in for the missing mark.
 */
export function readLines(markdown: string): Line[] {
  const reader = new LineReader();
  return markdown.split(/\r\n|\n|\r/u).flatMap((text) => reader.read(text));
}

/** What is remembered from line to line. */
class LineReader {
  #open: Open | null = null;
  /** Widths of the list items that the last line stood in. */
  #lists: readonly number[] = [];
  #group = 0;
  #before: "blank" | "row" | "other" = "other";

  read(text: string): Line[] {
    const open = this.#open;
    if (!open) return [this.#readFree(text)];
    this.#before = "other";
    const line = readFenced(text, open, this.#group);
    if (line?.role !== "code") this.#open = null;
    if (line) return [line];
    const end: Line = { text: "", role: "close", fence: open.fence, startsBlock: false, group: this.#group };
    return [end, this.#readFree(text)];
  }

  #readFree(text: string): Line {
    if (text.trim() === "") {
      this.#before = "blank";
      return { text, role: "text", startsBlock: false };
    }
    const place = locate(text, this.#lists);
    const startsBlock = HEADING.test(text) || (this.#before === "blank" && place.lists.length === 0);
    const isRow = TABLE_ROW.test(place.rest);
    this.#lists = place.lists;
    this.#open = openFence(text, place);
    if (this.#open || (isRow && this.#before !== "row")) this.#group += 1;
    this.#before = isRow ? "row" : "other";
    if (this.#open) return { text, role: "open", fence: this.#open.fence, startsBlock, group: this.#group };
    return { text, role: "text", startsBlock, ...(isRow && { group: this.#group }) };
  }
}

/** The line as part of the open block, or null when the list or quote that holds the block has ended. */
function readFenced(text: string, open: Open, group: number): Line | null {
  const { fence } = open;
  let rest = text;
  for (let depth = 0; depth < open.quotes; depth += 1) {
    const mark = QUOTE_MARK.exec(rest);
    if (!mark) return null;
    rest = rest.slice(mark[0].length);
  }
  if (rest.trim() !== "" && indentOf(rest) < open.offset) return null;
  const inner = dropIndent(rest, open.offset);
  const closing = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(inner)?.[1] ?? "";
  const closes = closing.length >= fence.marker.length && closing[0] === fence.marker[0];
  if (closes) return { text, role: "close", fence, startsBlock: false, group };
  return { text, role: "code", fence, code: dropIndent(inner, open.indent), startsBlock: false, group };
}

/** Walks through the quotes and list items that a line stands in, old ones and those that it opens. */
function locate(text: string, before: readonly number[]): Place {
  let rest = text;
  let column = 0;
  let quotes = 0;
  const take = (length: number) => {
    rest = rest.slice(length);
    column += length;
  };
  const lists: number[] = [];
  for (let mark = QUOTE_MARK.exec(rest); mark && quotes < NESTING_MAX; mark = QUOTE_MARK.exec(rest)) {
    take(mark[0].length);
    quotes += 1;
  }
  for (const offset of before) {
    if (indentOf(rest) < offset) break;
    lists.push(offset);
    take(offset);
  }
  for (let mark = LIST_MARK.exec(rest); mark && lists.length < NESTING_MAX; mark = LIST_MARK.exec(rest)) {
    // An empty item's text begins one column after its mark.
    const offset = mark[0].length + (mark[2] === "" ? 1 : 0);
    lists.push(offset);
    take(mark[0].length);
  }
  return { quotes, column, rest, lists };
}

function openFence(text: string, { quotes, column, rest, lists }: Place): Open | null {
  const mark = FENCE_OPEN.exec(rest);
  if (!mark) return null;
  const [, indent = "", marker = "", info = ""] = mark;
  const prefix = text.slice(0, column).replace(/[^>\s]/gu, " ") + indent;
  const offset = lists.reduce((sum, width) => sum + width, 0);
  return { fence: { marker, info: info.trim(), prefix }, quotes, offset, indent: indent.length };
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}

function dropIndent(text: string, most: number): string {
  return text.slice(Math.min(most, indentOf(text)));
}
