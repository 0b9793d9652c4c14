/**
 * Rich messages (`sendRichMessage`, Bot API 10.1) out of HTML: their blocks, and what makes the service refuse them. The
 * limits are those of "Rich message limits". The wording of refusals that nobody has published is chosen here.
 */
import { assertNever } from "../../../protocol/assert.ts";
import { badRequest } from "./failure.ts";
import { richBlocksOf } from "./rich-blocks.ts";
import { plainSpan, plainText, type RichBlock, type RichMessage } from "./rich-model.ts";
import { RichError, readRichTree } from "./rich-tree.ts";
import { fieldsOf } from "./values.ts";

const TEXT_MAX = 32_768;
const BLOCKS_MAX = 500;

/** A rich message as a test looks at it: its blocks, and its words without them. */
export type RichDocument = RichMessage & { readonly text: string };

/** Reads the HTML of a rich message; only a draft may say that it is thinking. Throws `RichError`. */
export function parseRichHtml(html: string, isDraft = false): RichDocument {
  if (!html.isWellFormed()) throw new RichError("strings must be encoded in UTF-8");
  const blocks = richBlocksOf(readRichTree(html));
  const characters = blocks.reduce((sum, block) => sum + charactersOf(block), 0);
  if (characters > TEXT_MAX) throw new RichError("RICH_MESSAGE_TEXT_TOO_LONG");
  if (countBlocks(blocks) > BLOCKS_MAX) throw new RichError("RICH_MESSAGE_BLOCKS_TOO_MANY");
  if (!isDraft && blocks.some((block) => block.type === "thinking")) {
    throw new RichError("RICH_MESSAGE_THINKING_NOT_ALLOWED");
  }
  const text = plainText(blocks);
  if (text.trim() === "") throw new RichError("RICH_MESSAGE_EMPTY");
  return { blocks, text };
}

/** The `rich_message` of a call. Throws `ApiFailure`. */
export function richMessageOf(input: unknown, isDraft = false): RichMessage {
  const { html, markdown, is_rtl: isRtl } = fieldsOf(input);
  if (html !== undefined && markdown !== undefined) throw badRequest("exactly one of html and markdown must be used");
  if (markdown !== undefined) throw badRequest("the markdown of rich messages is not emulated");
  if (typeof html !== "string" || html === "") throw badRequest("rich message must be non-empty");
  try {
    const { blocks } = parseRichHtml(html, isDraft);
    return { blocks, ...(isRtl === true && { is_rtl: true }) };
  } catch (error) {
    throw error instanceof RichError ? badRequest(error.message) : error;
  }
}

/** "Including nested blocks, list items, ordered list items, table rows, quotation blocks, and details blocks". */
function countBlocks(blocks: readonly RichBlock[]): number {
  return blocks.reduce((sum, block) => {
    if (block.type === "list")
      return sum + 1 + block.items.reduce((all, item) => all + 1 + countBlocks(item.blocks), 0);
    if (block.type === "table") return sum + 1 + block.cells.length;
    return sum + 1 + ("blocks" in block ? countBlocks(block.blocks) : 0);
  }, 0);
}

/** Characters, not UTF-16 units, of the text alone. */
function charactersOf(block: RichBlock): number {
  const count = (text: string) => Array.from(text).length;
  const inside = (blocks: readonly RichBlock[]) => blocks.reduce((sum, inner) => sum + charactersOf(inner), 0);
  switch (block.type) {
    case "paragraph":
    case "footer":
    case "thinking":
    case "heading":
    case "pre":
      return count(plainSpan(block.text));
    case "pullquote":
      return count(plainSpan(block.text) + plainSpan(block.credit ?? ""));
    case "blockquote":
      return inside(block.blocks) + count(plainSpan(block.credit ?? ""));
    case "details":
      return inside(block.blocks) + count(plainSpan(block.summary));
    case "list":
      return block.items.reduce((sum, item) => sum + inside(item.blocks), 0);
    case "table":
      return count(plainSpan([block.caption ?? "", ...block.cells.flat().map((cell) => cell.text ?? "")]));
    case "mathematical_expression":
      return count(block.expression);
    case "anchor":
    case "divider":
      return 0;
    default:
      return assertNever(block);
  }
}
