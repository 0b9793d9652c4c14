/** Markdown to a syntax tree (CommonMark and GFM), safe for any text of a message's length. Pure. */
import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

/** Quotes and lists this deep in one line make the parser slow (its time is quadratic in them) and mean nothing. */
const TOO_DEEP = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])){20}/mu;

const OPTIONS = { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] };

/** Parses `markdown`, or null when it nests so deep that it is better shown as it is. Meant for one message, not a book. */
export function parseMarkdown(markdown: string): Root | null {
  return TOO_DEEP.test(markdown) ? null : fromMarkdown(markdown, OPTIONS);
}
