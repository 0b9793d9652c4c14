/**
 * Markdown to what Discord shows of it ("Markdown Text 101"), through a syntax tree. Discord has no tables, no pictures in a
 * text, no headings below the third, no quotes in quotes, and shows HTML as text. Pure.
 */
import type { Heading, List, ListItem, PhrasingContent, RootContent, Table } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { readCode } from "../text/code.ts";
import { cutText } from "../text/cut.ts";
import { readSource } from "../text/source.ts";
import { alignTable } from "../text/table.ts";
import { type Around as InlineAround, footnoteMark, inline, marked, phrase, plain } from "./render-inline.ts";

/** "Create Message": 2000 characters, counted in code points. */
export const CONTENT_MAX = 2_000;
/** Longest source of one message, in UTF-16 units: leaves room for marks that are longer here, and for escapes. */
export const TEXT_MAX = 1_900;

/** Cells of a table that is aligned. Each takes 4 units or more then, with what is between columns: more are no message. */
const ALIGNED_CELLS_MAX = CONTENT_MAX / 4;
const HEADINGS_MAX = 3;
const LINKS: ReadonlySet<string> = new Set(["link", "linkReference", "image", "imageReference"]);

type Around = InlineAround & {
  /** How many lists are around. */
  readonly depth: number;
  readonly isQuoted: boolean;
};

/**
 * `markdown` as the content of a message: at most `CONTENT_MAX` code points. Loses no visible text of a source that is no
 * longer than `TEXT_MAX`: what would grow beyond a message is decorated less, at last not at all.
 */
export function renderDiscord(markdown: string): string {
  const source = readSource(markdown);
  for (const style of ["full", "compact"] as const) {
    const text = blocks(source.nodes, { source, style, depth: 0, isQuoted: false, marks: new Set() }).trim();
    if (fits(text) && !isInvisible(text)) return text;
  }
  const text = source.text.trim();
  return fits(text) ? text : cutText(text, CONTENT_MAX);
}

function fits(text: string): boolean {
  return text.length <= CONTENT_MAX || Array.from(text).length <= CONTENT_MAX;
}

/** Blocks, apart as they are in the source: by an empty line or not. */
function blocks(nodes: readonly RootContent[], around: Around): string {
  let text = "";
  let lastLine = 0;
  for (const node of nodes) {
    const shown = block(node, around);
    if (shown === "") continue;
    const gap = (node.position?.start.line ?? 0) - lastLine;
    text += text === "" ? shown : (gap > 1 ? "\n\n" : "\n") + (isTextual(node) ? indent(around) : "") + shown;
    lastLine = node.position?.end.line ?? 0;
  }
  return text;
}

function block(node: RootContent, around: Around): string {
  switch (node.type) {
    case "paragraph":
      return inline(node.children, around).replaceAll("\n", `\n${indent(around)}`);
    case "heading":
      return heading(node, around);
    case "blockquote":
      return quote(node.children, around);
    case "list":
      return list(node, around);
    case "code": {
      const { title, language, code } = readCode(node, around.source.formulas);
      return [title, codeBlock(code, language)].filter((text) => text !== "").join("\n");
    }
    case "table":
      return table(node, around);
    case "thematicBreak":
      return "———";
    case "footnoteDefinition":
      return `${footnoteMark(node.label ?? node.identifier, around)} ${blocks(node.children, around)}`;
    default:
      return phrase(node, around);
  }
}

/** Whether it belongs into the item of the list around it; all else begins at the beginning of a line. */
function isTextual({ type }: RootContent): boolean {
  return type === "paragraph" || type === "heading";
}

function indent({ style, depth }: Around): string {
  return style === "full" ? "  ".repeat(depth) : "";
}

/** A heading begins a line, so there is none in a list. */
function heading({ depth, children }: Heading, around: Around): string {
  const text = (content: string) => content.replace(/\s*\n\s*/gu, " ");
  if (depth > HEADINGS_MAX || around.depth > 0) return text(marked("**", children, around));
  const title = text(inline(children, around));
  return isInvisible(title) ? "" : `${"#".repeat(depth)} ${title}`;
}

/** A quote begins a line too, and there is none in a quote. */
function quote(children: readonly RootContent[], around: Around): string {
  const text = blocks(children, { ...around, isQuoted: true, depth: 0 });
  if (around.isQuoted || text === "") return text;
  return `> ${text.replaceAll("\n", "\n> ")}`;
}

function list(node: List, around: Around): string {
  const first = node.start ?? 1;
  const isLoose = node.children.some((child, index) => {
    const above = node.children[index - 1]?.position?.end.line ?? Infinity;
    return (child.position?.start.line ?? 0) - above > 1;
  });
  return node.children
    .map((child, index) => item(child, node.ordered ? `${first + index}. ` : "- ", around))
    .join(isLoose ? "\n\n" : "\n");
}

function item(node: ListItem, mark: string, around: Around): string {
  const box = node.checked === true ? "☑ " : node.checked === false ? "☐ " : "";
  const text = blocks(node.children, { ...around, depth: around.depth + 1 });
  const beginsLine = node.children[0]?.type === "blockquote" && !around.isQuoted;
  return `${indent(around)}${mark}${box}${beginsLine ? "\n" : ""}${text}`.trimEnd();
}

/** A mark inside the code would end it, so that is taken apart, which nobody sees. */
function codeBlock(code: string, language: string): string {
  return isInvisible(code) ? "" : `\`\`\`${language}\n${code.replaceAll("```", "``\u200b`")}\n\`\`\``;
}

function table(node: Table, around: Around): string {
  const { source, style } = around;
  const rows = node.children.map((row) =>
    row.children.map((cell) => plain(cell.children, source).replace(/\s+/gu, " ").trim()),
  );
  const isAligned = style === "full" && isAlignable(node);
  const code = isAligned ? alignTable(rows, node.align ?? []) : rows.map((row) => row.join(" | ").trimEnd()).join("\n");
  // Code holds no links, so what the cells lead to follows it.
  const links = node.children
    .flatMap((row) => row.children.flatMap((cell) => linksIn(cell.children)))
    .flatMap((link) => {
      const shown = phrase(link, around);
      return shown === plain([link], source) ? [] : [shown];
    });
  return [codeBlock(code, ""), links.join(" · ")].filter((text) => text !== "").join("\n");
}

/** Asked before anything is measured: short rows count as many cells as the longest, so there may be far more than text. */
function isAlignable({ children }: Table): boolean {
  const columns = children.reduce((most, row) => Math.max(most, row.children.length), 0);
  return columns * children.length <= ALIGNED_CELLS_MAX;
}

/** Nodes that lead somewhere; what is in a link leads where the link does. */
function linksIn(nodes: readonly PhrasingContent[]): PhrasingContent[] {
  return nodes.flatMap((node) => {
    if (LINKS.has(node.type)) return [node];
    return "children" in node ? linksIn(node.children) : [];
  });
}
