/**
 * Markdown to Telegram's HTML ("Bot API, HTML style"), through a syntax tree, so that tags always nest. Only `&`, `<` and
 * `>` are escaped (and `"` in attributes); HTML inside the Markdown is shown as text. Pure.
 */
import type { Association, Code, List, ListItem, PhrasingContent, RootContent, Table } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { escapeText, parsedText } from "./html.ts";
import { readCode } from "../text/code.ts";
import { codeBlock } from "./render-code.ts";
import {
  type Around as InlineAround,
  type Dialect,
  inline,
  LINK_SCHEMES,
  phrase,
  tagged,
  within,
} from "./render-inline.ts";
import { type Formula, putBack } from "../text/formulas.ts";
import { readSource, type Source } from "../text/source.ts";
import { alignTable } from "../text/table.ts";

/** "sendMessage": 1-4096 characters after entities parsing, counted in UTF-16 units. */
export const TEXT_MAX = 4096;
/** "sendPhoto", "sendDocument", "sendMediaGroup": caption, 0-1024 characters after entities parsing. */
export const CAPTION_MAX = 1024;

/** Cells of a table that is aligned. Each takes 4 units or more then, with what is between columns: more are no message. */
const ALIGNED_CELLS_MAX = TEXT_MAX / 4;
const LINKS: ReadonlySet<string> = new Set(["link", "linkReference", "image", "imageReference"]);

/** `full` aligns and indents, which can make a text longer; `compact` does neither. */
type Style = "full" | "compact";

type Around = InlineAround & {
  readonly style: Style;
  /** How many lists are around. */
  readonly depth: number;
};

/**
 * HTML for `parse_mode: "HTML"`. Loses no visible text. If `markdown` has at most `max` units, so has the parsed result:
 * what would grow beyond it is decorated less, at last not at all.
 */
export function renderTelegramHtml(markdown: string, max = TEXT_MAX): string {
  return renderHtml(readSource(markdown), max);
}

/** The same for a text that is read already. */
export function renderHtml(source: Source, max = TEXT_MAX): string {
  const dialect = htmlDialect(source.formulas);
  for (const style of ["full", "compact"] as const) {
    const html = blocks(source.nodes, { source, dialect, style, depth: 0, tags: new Set() }).trim();
    const text = parsedText(html);
    // Telegram refuses a message that shows nothing.
    if (text.length <= max && !isInvisible(text)) return html;
  }
  return escapeText(source.text);
}

/** A footnote's name, where it is referred to and where it stands. */
export function footnoteMark({ label, identifier }: Association, formulas: readonly Formula[]): string {
  return `[${escapeText(putBack(label ?? identifier, formulas))}]`;
}

/** This HTML knows no formulas: they are shown as they were written. */
function htmlDialect(formulas: readonly Formula[]): Dialect {
  return {
    text: (value) => escapeText(putBack(value, formulas)),
    lineBreak: "\n",
    footnote: (node) => footnoteMark(node, formulas),
    takesLink: ({ protocol }) => LINK_SCHEMES.has(protocol),
  };
}

/** Blocks, apart as they are in the source: by an empty line or not. */
function blocks(nodes: readonly RootContent[], around: Around): string {
  let html = "";
  let lastLine = 0;
  for (const node of nodes) {
    const shown = block(node, around);
    if (shown === "") continue;
    const gap = (node.position?.start.line ?? 0) - lastLine;
    html += html === "" ? shown : `${gap > 1 ? "\n\n" : "\n"}${shown}`;
    lastLine = node.position?.end.line ?? 0;
  }
  return html;
}

function block(node: RootContent, around: Around): string {
  switch (node.type) {
    case "paragraph":
      return inline(node.children, around);
    case "heading":
      return tagged("b", node.children, around);
    case "blockquote":
      return quote(node.children, around);
    case "list":
      return list(node, around);
    case "code":
      return code(node, around);
    case "table":
      return table(node, around);
    case "thematicBreak":
      return "———";
    case "footnoteDefinition":
      return `${footnoteMark(node, around.source.formulas)} ${blocks(node.children, around)}`;
    default:
      return phrase(node, around);
  }
}

function code(node: Code, { source }: Around): string {
  const shown = readCode(node, source.formulas);
  return shown.title === "" ? codeBlock(shown) : `${escapeText(shown.title)}\n${codeBlock(shown)}`;
}

/** Telegram allows no quote in a quote. */
function quote(children: readonly RootContent[], around: Around): string {
  if (around.tags.has("blockquote")) return blocks(children, around);
  const html = blocks(children, within("blockquote", around));
  return html === "" ? "" : `<blockquote>${html}</blockquote>`;
}

function list(node: List, around: Around): string {
  const first = node.start ?? 1;
  const isLoose = node.children.some((child, index) => {
    const above = node.children[index - 1]?.position?.end.line ?? Infinity;
    return (child.position?.start.line ?? 0) - above > 1;
  });
  return node.children
    .map((child, index) => item(child, node.ordered ? `${first + index}. ` : "• ", around))
    .join(isLoose ? "\n\n" : "\n");
}

function item(node: ListItem, mark: string, around: Around): string {
  const box = node.checked === true ? "☑ " : node.checked === false ? "☐ " : "";
  const indent = around.style === "full" ? "  ".repeat(around.depth) : "";
  const html = blocks(node.children, { ...around, depth: around.depth + 1 });
  return `${indent}${mark === "• " && box ? "" : mark}${box}${html}`.trimEnd();
}

function table(node: Table, around: Around): string {
  if (around.style === "compact" || !isAlignable(node)) return compactTable(node, around);
  const { formulas } = around.source;
  const rows = node.children.map((row) =>
    row.children.map((cell) => putBack(plain(cell.children), formulas).replace(/\s+/gu, " ").trim()),
  );
  const links = node.children.flatMap((row) => row.children.flatMap((cell) => linksIn(cell.children)));
  const shown = links.flatMap((link) => {
    const html = phrase(link, around);
    return html.startsWith("<a") || parsedText(html) !== putBack(plain([link]), formulas).trim() ? [html] : [];
  });
  const pre = `<pre>${escapeText(alignTable(rows, node.align ?? []))}</pre>`;
  // A <pre> holds no links, so what the cells lead to follows it.
  return [pre, ...(shown.length > 0 ? [shown.join(" · ")] : [])].join("\n");
}

/** Asked before anything is measured: short rows count as many cells as the longest, so there may be far more than text. */
function isAlignable({ children }: Table): boolean {
  const columns = children.reduce((most, row) => Math.max(most, row.children.length), 0);
  return columns * children.length <= ALIGNED_CELLS_MAX;
}

function compactTable(node: Table, around: Around): string {
  return node.children
    .map((row) => row.children.map((cell) => inline(cell.children, around).trim()).join("|"))
    .join("\n");
}

/** The text of inline nodes without any formatting. */
function plain(nodes: readonly PhrasingContent[]): string {
  return nodes
    .map((node) => {
      if ("value" in node) return node.value;
      if ("children" in node) return plain(node.children);
      if (node.type === "footnoteReference") return `[${node.label ?? node.identifier}]`;
      return "alt" in node ? node.alt || "image" : " ";
    })
    .join("");
}

/** Nodes that lead somewhere; what is in a link leads where the link does. */
function linksIn(nodes: readonly PhrasingContent[]): PhrasingContent[] {
  return nodes.flatMap((node) => {
    if (LINKS.has(node.type)) return [node];
    return "children" in node ? linksIn(node.children) : [];
  });
}
