/** Code in Markdown, in which everything stays as it is written: where it begins, and how far it goes. Pure. */
import { OUTPUT_BOUNDS } from "./bounds.ts";

/** What a run of backticks or tildes is. Lengths are in UTF-16 units from where it begins. */
export type Code =
  /** More text will tell. */
  | "open"
  | { readonly kind: "plain"; readonly length: number }
  /** Inline code with its marks. */
  | { readonly kind: "span"; readonly length: number }
  /** Opens a block; `info` is the rest of its line. */
  | { readonly kind: "fence"; readonly run: number; readonly info: string };

/** What a line must have to end a block: at least `run` of `char`, and nothing else. */
export type Fence = { readonly char: "`" | "~"; readonly run: number };

/** A line that ends a block, or is on the way to it, is no longer. */
export const FENCE_LINE_MAX = 120;

const SPACE_OF_LINE = /^(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*$/;

/** Whether what follows on this line stands at its beginning: behind indents, marks of quotes and of lists. */
function isLineStart(line: string): boolean {
  return SPACE_OF_LINE.test(line);
}

/** What the run at `at` is. `line` is what stands before it in its line. */
export function codeAt(text: string, at: number, line: string, isEnd: boolean): Code {
  const char = text[at] === "~" ? "~" : "`";
  const run = runAt(text, at);
  if (run === OUTPUT_BOUNDS.codeSpanMax) return { kind: "plain", length: run };
  if (!isEnd && at + run === text.length) return "open";
  if (run >= 3 && isLineStart(line)) {
    const opened = openingLine(text, at + run, char, isEnd);
    if (opened === "open") return "open";
    if (opened !== null) return { kind: "fence", run, info: text.slice(at + run, at + run + opened) };
  }
  return char === "~" ? { kind: "plain", length: run } : spanAt(text, at, run, isEnd);
}

/** Whether a line ends a block. */
export function closes(line: string, { char, run }: Fence): boolean {
  const mark = line.replace(/^[ \t>]+/, "").trimEnd();
  return mark.length >= run && mark === char.repeat(mark.length);
}

/** How much stands behind the mark in a line that opens a block; null: it opens none. */
function openingLine(text: string, from: number, char: Fence["char"], isEnd: boolean): number | "open" | null {
  const most = text.slice(from, from + OUTPUT_BOUNDS.fenceInfoMax);
  const end = most.indexOf("\n");
  const info = end === -1 ? most : most.slice(0, end);
  if (char === "`" && info.includes("`")) return null;
  const isWhole = isEnd && most.length < OUTPUT_BOUNDS.fenceInfoMax;
  if (end === -1 && !isWhole) return most.length === OUTPUT_BOUNDS.fenceInfoMax ? null : "open";
  return info.length;
}

/** Inline code ends at the next run of the same length. */
function spanAt(text: string, at: number, run: number, isEnd: boolean): Code {
  const most = text.slice(at, at + OUTPUT_BOUNDS.codeSpanMax);
  const runs = /`+|\n[ \t]*\n/g;
  runs.lastIndex = run;
  for (let found = runs.exec(most); found !== null; found = runs.exec(most)) {
    const end = found.index + found[0].length;
    // What touches the end may be longer.
    if (found[0].startsWith("`") && end === most.length) break;
    if (!found[0].startsWith("`")) return { kind: "plain", length: run };
    if (found[0].length === run) return { kind: "span", length: end };
  }
  const isKnown = isEnd || most.length === OUTPUT_BOUNDS.codeSpanMax;
  if (!isKnown) return "open";
  const closing = isEnd && most.length < OUTPUT_BOUNDS.codeSpanMax && lastRun(most) === run && most.length > 2 * run;
  return closing ? { kind: "span", length: most.length } : { kind: "plain", length: run };
}

/** How often the character at `at` is repeated; what is longer than any inline code is cut there. */
function runAt(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at] && end - at < OUTPUT_BOUNDS.codeSpanMax) end++;
  return end - at;
}

function lastRun(text: string): number {
  return /`*$/.exec(text)?.[0].length ?? 0;
}
