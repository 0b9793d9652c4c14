/** Turns the tree of a rich message into its blocks ("RichBlock"). */
import type { RichBlock, RichCell, RichItem, RichText } from "./rich-model.ts";
import { isInline, rawText, richTextOf } from "./rich-text.ts";
import { type RichElement, RichError, type RichNode } from "./rich-tree.ts";

const COLUMNS_MAX = 20;
const ALIGN: ReadonlySet<string> = new Set(["left", "center", "right"]);
const VALIGN: ReadonlySet<string> = new Set(["top", "middle", "bottom"]);
/** Blocks that show what is fetched from the internet, where the emulator does not go. */
const MEDIA: ReadonlySet<string> = new Set(["img", "video", "audio", "figure", "tg-map", "tg-collage", "tg-slideshow"]);

/** The blocks of nodes; text between them makes paragraphs. Throws `RichError`. */
export function richBlocksOf(nodes: readonly RichNode[]): readonly RichBlock[] {
  const blocks: RichBlock[] = [];
  let line: RichNode[] = [];
  const endLine = () => {
    const text = richTextOf(line);
    line = [];
    if (typeof text === "object" && "type" in text && text.type === "anchor") blocks.push(text);
    else if (text !== "") blocks.push({ type: "paragraph", text });
  };
  for (const node of nodes) {
    if (node.kind === "text" || isInline(node)) {
      line.push(node);
      continue;
    }
    endLine();
    blocks.push(...blockOf(node));
  }
  endLine();
  return blocks;
}

function blockOf(node: RichElement): readonly RichBlock[] {
  if (MEDIA.has(node.name)) throw new RichError("RICH_MESSAGE_PHOTO_NO_MEDIA_FOUND");
  const size = /^h([1-6])$/u.exec(node.name)?.[1];
  if (size !== undefined) return [{ type: "heading", text: wordsOf(node.children), size: Number(size) }];
  switch (node.name) {
    case "p":
      return [{ type: "paragraph", text: wordsOf(node.children) }];
    case "footer":
      return [{ type: "footer", text: wordsOf(node.children) }];
    case "tg-thinking":
      return [{ type: "thinking", text: wordsOf(node.children) }];
    case "pre":
      return [preOf(node)];
    case "hr":
      return [{ type: "divider" }];
    case "tg-math-block":
      return [{ type: "mathematical_expression", expression: rawText(node) }];
    case "blockquote": {
      const { rest, part } = takeLast(node, "cite");
      return [{ type: "blockquote", blocks: contentOf(rest), ...(part && { credit: part }) }];
    }
    case "aside": {
      const { rest, part } = takeLast(node, "cite");
      return [{ type: "pullquote", text: wordsOf(rest), ...(part && { credit: part }) }];
    }
    case "details":
      return [detailsOf(node)];
    case "ul":
    case "ol":
      return [{ type: "list", items: itemsOf(node) }];
    case "table":
      return [tableOf(node)];
    default:
      throw new RichError(`can't parse rich message: "${node.name}" is in the wrong place`);
  }
}

/** The text of a block, which must not be empty. */
function wordsOf(nodes: readonly RichNode[]): RichText {
  const text = richTextOf(nodes);
  if (text === "") throw new RichError("RICH_MESSAGE_CONTENT_REQUIRED");
  return text;
}

/** The blocks in a block, of which there must be some. */
function contentOf(nodes: readonly RichNode[]): readonly RichBlock[] {
  const blocks = richBlocksOf(nodes);
  if (blocks.length === 0) throw new RichError("RICH_MESSAGE_CONTENT_REQUIRED");
  return blocks;
}

function preOf(node: RichElement): RichBlock {
  const [only, ...others] = node.children;
  if (only?.kind !== "element" || only.name !== "code" || others.length > 0)
    return { type: "pre", text: rawText(node) };
  const name = only.attributes.get("class");
  const language = name === undefined ? "" : /^language-(\S+)$/u.exec(name)?.[1];
  if (language === undefined) throw new RichError("can't parse rich message: the class of code names no language");
  return { type: "pre", text: rawText(only), ...(language && { language }) };
}

function detailsOf(node: RichElement): RichBlock {
  const [summary, ...rest] = withoutSpace(node);
  if (summary?.kind !== "element" || summary.name !== "summary") {
    throw new RichError("can't parse rich message: details begin with a summary");
  }
  const isOpen = node.attributes.has("open") && { is_open: true as const };
  return { type: "details", summary: wordsOf(summary.children), blocks: contentOf(rest), ...isOpen };
}

function itemsOf(list: RichElement): readonly RichItem[] {
  const isOrdered = list.name === "ol";
  const step = list.attributes.has("reversed") ? -1 : 1;
  const items = elementsOf(list, ["li"]);
  let next = Number(list.attributes.get("start") ?? (step < 0 ? items.length : 1));
  return items.map((item) => {
    const value = Number(item.attributes.get("value") ?? next);
    if (!Number.isSafeInteger(value)) throw new RichError("RICH_MESSAGE_LIST_INVALID");
    next = value + step;
    return {
      label: isOrdered ? `${value}.` : "•",
      ...itemContent(item),
      ...(isOrdered && { value }),
    };
  });
}

function itemContent(item: RichElement): Omit<RichItem, "label" | "value"> {
  const [first, ...rest] = withoutSpace(item);
  if (first?.kind !== "element" || first.name !== "input") return { blocks: contentOf(item.children) };
  if (first.attributes.get("type") !== "checkbox") throw new RichError("RICH_MESSAGE_LIST_INVALID");
  const isChecked = first.attributes.has("checked") && { is_checked: true as const };
  return { blocks: contentOf(rest), has_checkbox: true, ...isChecked };
}

function tableOf(table: RichElement): RichBlock {
  const [first, ...rest] = elementsOf(table, ["caption", "tr"]);
  const caption = first?.name === "caption" ? first : null;
  const rows = caption ? rest : first ? [first, ...rest] : [];
  const cells = rows.map((row) => {
    if (row.name !== "tr") throw new RichError("can't parse rich message: a table has one caption, at its beginning");
    return elementsOf(row, ["td", "th"]).map(cellOf);
  });
  const columns = cells.map((row) => row.reduce((sum, cell) => sum + (cell.colspan ?? 1), 0));
  if (Math.max(0, ...columns) > COLUMNS_MAX) throw new RichError("RICH_MESSAGE_TABLE_COLS_TOO_MANY");
  return {
    type: "table",
    cells,
    ...(table.attributes.has("bordered") && { is_bordered: true as const }),
    ...(table.attributes.has("striped") && { is_striped: true as const }),
    ...(caption && { caption: richTextOf(caption.children) }),
  };
}

function cellOf(cell: RichElement): RichCell {
  const text = richTextOf(cell.children);
  const isHeader = cell.name === "th";
  const align = cell.attributes.get("align") ?? (isHeader ? "center" : "left");
  const valign = cell.attributes.get("valign") ?? "middle";
  if (!ALIGN.has(align) || !VALIGN.has(valign)) throw new RichError("RICH_MESSAGE_TABLE_INVALID");
  return {
    ...(text !== "" && { text }),
    ...(isHeader && { is_header: true as const }),
    ...span(cell, "colspan"),
    ...span(cell, "rowspan"),
    align,
    valign,
  };
}

function span(cell: RichElement, name: "colspan" | "rowspan"): { readonly [name in "colspan" | "rowspan"]?: number } {
  const count = Number(cell.attributes.get(name) ?? 1);
  if (!Number.isSafeInteger(count) || count < 1) throw new RichError("RICH_MESSAGE_TABLE_INVALID");
  return count === 1 ? {} : { [name]: count };
}

/** What an element holds, and the text of its last child if that is a `name`. */
function takeLast(node: RichElement, name: string): { rest: readonly RichNode[]; part: RichText | null } {
  const children = withoutSpace(node);
  const last = children.at(-1);
  if (last?.kind !== "element" || last.name !== name) return { rest: node.children, part: null };
  return { rest: children.slice(0, -1), part: richTextOf(last.children) };
}

function elementsOf(node: RichElement, names: readonly string[]): readonly RichElement[] {
  return withoutSpace(node).map((child) => {
    if (child.kind === "element" && names.includes(child.name)) return child;
    throw new RichError(`can't parse rich message: "${node.name}" holds nothing but ${names.join(" and ")}`);
  });
}

/** The children without the white space before, after and between blocks. */
function withoutSpace(node: RichElement): readonly RichNode[] {
  const isSpace = (child: RichNode | undefined) => child?.kind === "text" && child.text.trim() === "";
  const isBlock = (child: RichNode | undefined) => child === undefined || !isInline(child);
  return node.children.filter(
    (child, index) => !isSpace(child) || !(isBlock(node.children[index - 1]) || isBlock(node.children[index + 1])),
  );
}
