/** Short texts of an answer that a model makes: what a button says, what a file is called. Pure. */
import { filterBlock } from "./block-filter.ts";

/** A text as one line without marks; "" when nothing is left of it. */
export function cleanLine(text: string): string {
  return filterBlock(text).replaceAll(/\s+/g, " ").trim();
}

/** What a file is called; its ending tells apps what it is. */
export function cleanFileName(name: string): string {
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  return (cleanLine(stem) || "file") + cleanLine(ending);
}
