/** Code in Markdown, in which everything stays as it is written: where it begins, and how far it goes. Pure. */
import { OUTPUT_BOUNDS } from "./bounds.ts";
import { type Container, indentOf, innerPart } from "./containers.ts";

/** What a run of backticks or tildes is. Lengths are in UTF-16 units from where it begins. */
export type Code =
  /** More text will tell. */
  | "open"
  | { readonly kind: "plain"; readonly length: number }
  /** Inline code with its marks. */
  | { readonly kind: "span"; readonly run: number; readonly length: number }
  /** Opens a block; `info` is the rest of its line. */
  | { readonly kind: "fence"; readonly run: number; readonly info: string };

/** What a line must have to end a block: at least `run` of `char`, and nothing else, where the block stands. */
export type Fence = { readonly char: "`" | "~"; readonly run: number; readonly container: Container };

/** As much of a line as is read of it. */
export const FENCE_LINE_MAX = 120;
/** How much deeper than its block what ends it can stand. */
const INDENT_MAX = 3;

/** What stands before inline code that would begin in the target of a link, in a tag or in a comment: there is none. */
const NO_PLACE_FOR_CODE = [/\]\([^()\n]*$/, /<[a-z][a-z0-9+.-]{1,31}:[^<>\s]*$/i, /<[a-z][^<>\n]*=["'][^"'<>\n]*$/i];

/** Whether inline code can begin behind a text. */
export function hasPlaceForCode(text: string): boolean {
  const inComment = text.lastIndexOf("<!--") > text.lastIndexOf("-->");
  return !inComment && !NO_PLACE_FOR_CODE.some((place) => place.test(text));
}

/** What the run at `at` is. `canFence`: whether a block can begin there. */
export function codeAt(text: string, at: number, canFence: boolean, isEnd: boolean): Code {
  const char = text[at] === "~" ? "~" : "`";
  const run = runAt(text, at);
  if (run === OUTPUT_BOUNDS.codeSpanMax) return { kind: "plain", length: run };
  if (!isEnd && at + run === text.length) return "open";
  if (run >= 3 && canFence) {
    const opened = openingLine(text, at + run, char, isEnd);
    if (opened === "open") return "open";
    if (opened !== null) return { kind: "fence", run, info: text.slice(at + run, at + run + opened) };
  }
  return char === "~" ? { kind: "plain", length: run } : spanAt(text, at, run, isEnd);
}

/** Whether a line ends a block. */
export function closes(line: string, fence: Fence): boolean | "doubtful" {
  const { quotes, indent, isCertain } = fence.container;
  const inner = innerPart(line, quotes);
  if (inner === null || !isMark(inner.trim(), fence)) return false;
  const deeper = indentOf(inner) - indent;
  if (deeper > INDENT_MAX) return false;
  return line.length < FENCE_LINE_MAX && (isCertain || deeper === 0) ? true : "doubtful";
}

/** Whether a line would end a block wherever that stands. */
export function closesAnywhere(line: string, fence: Fence): boolean {
  return isMark(line.replace(/^[ \t>]+/, "").trimEnd(), fence);
}

function isMark(text: string, { char, run }: Fence): boolean {
  return text.length >= run && text === char.repeat(text.length);
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

/** Inline code ends at the next run of the same length in its line. */
function spanAt(text: string, at: number, run: number, isEnd: boolean): Code {
  const most = text.slice(at, at + OUTPUT_BOUNDS.codeSpanMax);
  const runs = /`+|\n/g;
  runs.lastIndex = run;
  for (let found = runs.exec(most); found !== null; found = runs.exec(most)) {
    const end = found.index + found[0].length;
    // What touches the end may be longer.
    if (found[0].startsWith("`") && end === most.length) break;
    if (!found[0].startsWith("`")) return { kind: "plain", length: run };
    if (found[0].length === run) return { kind: "span", run, length: end };
  }
  const isKnown = isEnd || most.length === OUTPUT_BOUNDS.codeSpanMax;
  if (!isKnown) return "open";
  const closing = isEnd && most.length < OUTPUT_BOUNDS.codeSpanMax && lastRun(most) === run && most.length > 2 * run;
  return closing ? { kind: "span", run, length: most.length } : { kind: "plain", length: run };
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
