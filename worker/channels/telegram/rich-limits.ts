/** Whether rich HTML stays within what Telegram takes ("InputRichMessage", "Rich Message Limits"). Pure. */
import type { Nodes } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { parsedText } from "./html.ts";

const TEXT_MAX = 32_768;
/** Blocks, nested ones, list items and table rows included. */
const BLOCKS_MAX = 500;
/** Levels of nested formatting and blocks. */
const NESTING_MAX = 16;
const COLUMNS_MAX = 20;

const BLOCKS: ReadonlySet<string> = new Set(
  "p h1 h2 h3 h4 h5 h6 pre hr ul ol li blockquote table tr tg-math-block".split(" "),
);
const VOID: ReadonlySet<string> = new Set(["br", "hr", "input"]);
const TAG = /<(\/?)([a-z][a-z0-9-]*)[^>]*>/gu;
/** "RICH_MESSAGE_CONTENT_REQUIRED": an item must hold something. */
const EMPTY_ITEM = /<li>(?:<input[^>]*>)?\s*<\/li>/u;

/** Whether no table by itself is too large, before any HTML is made of it. */
export function tablesFit(nodes: readonly Nodes[]): boolean {
  return nodes.every((node) => {
    if (node.type !== "table") return !("children" in node) || tablesFit(node.children);
    return node.children.length < BLOCKS_MAX && node.children.every(({ children }) => children.length <= COLUMNS_MAX);
  });
}

/** Right for HTML made by `rich.ts` only, in which `<` begins nothing but tags. */
export function fitsRichMessage(html: string): boolean {
  const text = parsedText(html);
  if (text.length > TEXT_MAX || isInvisible(text) || EMPTY_ITEM.test(html)) return false;
  const { blocks, nesting, columns } = measure(html);
  return blocks <= BLOCKS_MAX && nesting <= NESTING_MAX && columns <= COLUMNS_MAX;
}

function measure(html: string): { readonly blocks: number; readonly nesting: number; readonly columns: number } {
  let blocks = 0;
  let depth = 0;
  let nesting = 0;
  let cells = 0;
  let columns = 0;
  for (const [, slash, name = ""] of html.matchAll(TAG)) {
    if (slash === "/") {
      depth -= 1;
      continue;
    }
    if (BLOCKS.has(name)) blocks += 1;
    if (!VOID.has(name)) depth += 1;
    nesting = Math.max(nesting, depth);
    if (name === "tr") cells = 0;
    if (name === "td" || name === "th") cells += 1;
    columns = Math.max(columns, cells);
  }
  return { blocks, nesting, columns };
}
