/** Quotes and items of lists, in which code can stand and with which it ends. Lengths are in columns. Pure. */
import { isBlank } from "./blank.ts";

/** Where a block of code stands. */
export type Container = {
  readonly quotes: number;
  /** Behind its quotes. 0: it is in no list. */
  readonly indent: number;
  /** Whether that is the indent of its item; else it can stand deeper in it, or in none. */
  readonly isCertain: boolean;
};

export const NO_CONTAINER: Container = { quotes: 0, indent: 0, isCertain: true };

const START = /^((?:[ \t]*>)*)([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)/;
const TAB = 4;
/** Indents from which on nothing is a mark. */
const TOO_DEEP = 4;

/** Where the words of the item stand that a line begins; null: it begins none. */
export function itemOf(line: string): number | null {
  const { rest } = startOf(line);
  return isBlank(rest) ? null : width(rest);
}

/** Where a block stands that would begin behind `line`; null: it cannot. `item`: where the words of the last item stand. */
export function containerBehind(line: string, item: number | null): Container | null {
  const { quotes, rest, isWhole } = startOf(line);
  const lead = width(/^[ \t]*/.exec(rest)?.[0] ?? "");
  if (!isWhole || lead >= (item ?? 0) + TOO_DEEP) return null;
  if (isBlank(rest)) return { quotes, indent: item === null ? 0 : lead, isCertain: item === null || lead === 0 };
  const behind = width(/[ \t]*$/.exec(rest)?.[0] ?? "");
  return behind > TOO_DEEP ? null : { quotes, indent: width(rest), isCertain: true };
}

/** Whether a line belongs to the block; "open": more of it will tell. */
export function isWithin(line: string, container: Container, isWhole: boolean): boolean | "open" | "doubtful" {
  if (container.quotes === 0 && container.indent === 0) return true;
  const inner = innerPart(line, container.quotes);
  if (!isWhole && isBlank(inner ?? line.replace(/^[ \t>]*/, ""))) return "open";
  if (inner === null) return false;
  if (isBlank(inner) || indentOf(inner) >= container.indent) return true;
  return container.isCertain ? false : "doubtful";
}

/** A line without the marks of so many quotes; null: it has fewer. */
export function innerPart(line: string, quotes: number): string | null {
  let rest = line;
  for (let quote = 0; quote < quotes; quote++) {
    const mark = /^[ \t]*> ?/.exec(rest)?.[0];
    if (mark === undefined) return null;
    rest = rest.slice(mark.length);
  }
  return rest;
}

export function indentOf(line: string): number {
  return width(/^[ \t]*/.exec(line)?.[0] ?? "");
}

/** `isWhole`: the line is nothing but a start. */
function startOf(line: string): { readonly quotes: number; readonly rest: string; readonly isWhole: boolean } {
  const [all = "", marks = "", rest = ""] = START.exec(line) ?? [];
  const quotes = marks.replaceAll(/[^>]/g, "").length;
  return { quotes, rest: quotes > 0 ? rest.replace(/^ /, "") : rest, isWhole: all.length === line.length };
}

function width(text: string): number {
  let columns = 0;
  for (const char of text) columns += char === "\t" ? TAB - (columns % TAB) : 1;
  return columns;
}
