/**
 * Markdown to Telegram's HTML ("Bot API, HTML style"), through a syntax tree, so that tags always nest. Only `&`, `<` and
 * `>` are escaped (and `"` in attributes); HTML inside the Markdown is shown as text. Pure.
 */
import type { Link, List, ListItem, PhrasingContent, RootContent, Table } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { parseMarkdown } from "../text/markdown.ts";
import { escapeAttribute, escapeText, parsedText } from "./html.ts";
import { alignTable } from "./table.ts";

/** "sendMessage": 1-4096 characters after entities parsing, counted in UTF-16 units. */
export const TEXT_MAX = 4096;

/** `full` aligns and indents, which can make a text longer; `compact` does neither. */
type Style = "full" | "compact";

/** What is around a node. Telegram allows no formatting in code, no link in a link and no quote in a quote. */
type Around = {
  readonly style: Style;
  /** Targets of reference links, by identifier. */
  readonly definitions: ReadonlyMap<string, string>;
  /** How many lists are around. */
  readonly depth: number;
  readonly tags: ReadonlySet<string>;
};

/** Schemes that a link may have; the target of any other link is shown as text. */
const LINK_SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "tg:", "mailto:"]);
const LANGUAGE = /^[\w#+.-]{1,40}$/;

/**
 * HTML for `parse_mode: "HTML"`. Loses no visible text. If `markdown` has at most `TEXT_MAX` units, so has the parsed
 * result: what would grow beyond it is decorated less, at last not at all.
 */
export function renderTelegramHtml(markdown: string): string {
  const source = markdown.toWellFormed(); // a lone surrogate is refused: "text must be encoded in UTF-8"
  const nodes = parseMarkdown(source)?.children ?? [];
  const definitions = new Map(definitionsIn(nodes));
  for (const style of ["full", "compact"] as const) {
    const html = blocks(nodes, { style, definitions, depth: 0, tags: new Set() }).trim();
    const text = parsedText(html);
    // Telegram refuses a message that shows nothing.
    if (text.length <= TEXT_MAX && !isInvisible(text)) return html;
  }
  return escapeText(source);
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
      return codeBlock(node.value, node.lang ?? "");
    case "table":
      return table(node, around);
    case "thematicBreak":
      return "———";
    case "footnoteDefinition":
      return `[${escapeText(node.label ?? node.identifier)}] ${blocks(node.children, around)}`;
    default:
      return phrase(node, around);
  }
}

function quote(children: readonly RootContent[], around: Around): string {
  if (around.tags.has("blockquote")) return blocks(children, around);
  const html = blocks(children, within("blockquote", around));
  return html === "" ? "" : `<blockquote>${html}</blockquote>`;
}

function codeBlock(code: string, language: string): string {
  if (code === "") return "";
  const text = escapeText(code);
  return LANGUAGE.test(language)
    ? `<pre><code class="language-${language}">${text}</code></pre>`
    : `<pre>${text}</pre>`;
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
  const rows = node.children.map((row) =>
    row.children.map((cell) => plain(cell.children).replace(/\s+/gu, " ").trim()),
  );
  if (around.style === "compact") return escapeText(rows.map((row) => row.join("|")).join("\n"));
  const links = node.children.flatMap((row) => row.children.flatMap((cell) => linksIn(cell.children)));
  const shown = links.map((link) => anchor(link, around)).filter((html) => html.startsWith("<a"));
  const pre = `<pre>${escapeText(alignTable(rows, node.align ?? []))}</pre>`;
  // A <pre> holds no links, so those of the cells follow it.
  return [pre, ...(shown.length > 0 ? [shown.join(" · ")] : [])].join("\n");
}

function inline(nodes: readonly PhrasingContent[], around: Around): string {
  return nodes.map((node) => phrase(node, around)).join("");
}

function phrase(node: RootContent, around: Around): string {
  switch (node.type) {
    case "text":
    case "html":
      return escapeText(node.value);
    case "strong":
      return tagged("b", node.children, around);
    case "emphasis":
      return tagged("i", node.children, around);
    case "delete":
      return tagged("s", node.children, around);
    case "inlineCode":
      return around.tags.has("a") ? escapeText(node.value) : `<code>${escapeText(node.value)}</code>`;
    case "break":
      return "\n";
    case "link":
      return anchor(node, around);
    case "image":
      return target(node.url, escapeText(node.alt || "image"), around);
    default:
      return reference(node, around);
  }
}

function reference(node: RootContent, around: Around): string {
  switch (node.type) {
    case "linkReference":
      return target(around.definitions.get(node.identifier) ?? "", inline(node.children, within("a", around)), around);
    case "imageReference":
      return target(around.definitions.get(node.identifier) ?? "", escapeText(node.alt || "image"), around);
    case "footnoteReference":
      return `[${escapeText(node.label ?? node.identifier)}]`;
    default:
      return ""; // definitions show nothing; rows, cells and items are rendered by what they stand in
  }
}

function tagged(tag: "b" | "i" | "s", children: readonly PhrasingContent[], around: Around): string {
  const html = inline(children, within(tag, around));
  return html === "" || around.tags.has(tag) ? html : `<${tag}>${html}</${tag}>`;
}

function anchor(link: Link, around: Around): string {
  return target(link.url, inline(link.children, within("a", around)), around);
}

function target(url: string, html: string, around: Around): string {
  if (html === "" || around.tags.has("a")) return html;
  const scheme = URL.canParse(url) ? new URL(url).protocol : null;
  if (scheme !== null && LINK_SCHEMES.has(scheme)) return `<a href="${escapeAttribute(url)}">${html}</a>`;
  const shown = escapeText(url);
  return url === "" || shown === html ? html : `${html} (${shown})`;
}

function within(tag: string, around: Around): Around {
  return { ...around, tags: new Set(around.tags).add(tag) };
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

function definitionsIn(nodes: readonly RootContent[]): (readonly [string, string])[] {
  return nodes.flatMap((node) => {
    if (node.type === "definition") return [[node.identifier, node.url] as const];
    return "children" in node ? definitionsIn(node.children) : [];
  });
}
