/**
 * Markdown to Telegram's HTML ("Bot API, HTML style"), through a syntax tree, so that tags always nest. Only `&`, `<` and
 * `>` are escaped (and `"` in attributes); HTML inside the Markdown is shown as text. Pure.
 */
import type { Association, Code, Link, List, ListItem, PhrasingContent, RootContent, Table } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { escapeText, parsedText } from "./html.ts";
import { codeBlock, readCode } from "./render-code.ts";
import {
  anchor,
  type Around as InlineAround,
  type Dialect,
  inline,
  LINK_SCHEMES,
  phrase,
  tagged,
  within,
} from "./render-inline.ts";
import { type Formula, putBack } from "./render-math.ts";
import { readSource, type Source } from "./render-source.ts";
import { alignTable } from "./table.ts";

/** "sendMessage": 1-4096 characters after entities parsing, counted in UTF-16 units. */
export const TEXT_MAX = 4096;
/** "sendPhoto", "sendDocument", "sendMediaGroup": caption, 0-1024 characters after entities parsing. */
export const CAPTION_MAX = 1024;

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
  const { formulas } = around.source;
  const rows = node.children.map((row) =>
    row.children.map((cell) => putBack(plain(cell.children), formulas).replace(/\s+/gu, " ").trim()),
  );
  if (around.style === "compact") return escapeText(rows.map((row) => row.join("|")).join("\n"));
  const links = node.children.flatMap((row) => row.children.flatMap((cell) => linksIn(cell.children)));
  const shown = links.map((link) => anchor(link, around)).filter((html) => html.startsWith("<a"));
  const pre = `<pre>${escapeText(alignTable(rows, node.align ?? []))}</pre>`;
  // A <pre> holds no links, so those of the cells follow it.
  return [pre, ...(shown.length > 0 ? [shown.join(" · ")] : [])].join("\n");
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

function linksIn(nodes: readonly PhrasingContent[]): Link[] {
  return nodes.flatMap((node) => {
    if (node.type === "link") return [node];
    return "children" in node ? linksIn(node.children) : [];
  });
}
