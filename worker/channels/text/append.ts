/** Puts a paragraph of our own below somebody else's Markdown. Pure. */
import { readLines } from "./lines.ts";

/** The text and, below it, the paragraph: never as a part of a code block that the text has left open. */
export function appendParagraph(markdown: string, paragraph: string): string {
  const text = markdown.trimEnd();
  if (text === "") return paragraph;
  const last = readLines(text).at(-1);
  const isOpen = last?.fence !== undefined && last.role !== "close";
  return [isOpen ? `${text}\n${last.fence.prefix}${last.fence.marker}` : text, paragraph].join("\n\n");
}
