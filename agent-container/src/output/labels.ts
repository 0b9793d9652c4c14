/** Short texts of an answer that a model makes: what a button says, what a file is called. Pure. */
import { filterBlock } from "./block-filter.ts";

/** What turns the order of characters around, so that a name reads as another one, and what no app can show. */
const TREACHEROUS = /[^\P{Cc}\s]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text as one line without marks; "" when nothing is left of it. */
export function cleanLine(text: string): string {
  return filterBlock(text.replaceAll(TREACHEROUS, "")).replaceAll(/\s+/g, " ");
}

/** What a file is called; its ending tells apps what it is. */
export function cleanFileName(name: string): string {
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  return (cleanLine(stem) || "file") + cleanLine(ending);
}
