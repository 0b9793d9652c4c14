/** What both renderings share: text inside a block, whose tags are the same in Telegram's HTML and its rich HTML. Pure. */
import type { FootnoteReference, Link, Nodes, PhrasingContent } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { escapeAttribute, escapeText, parsedText } from "./html.ts";
import { putBack } from "../text/formulas.ts";
import type { Source } from "../text/source.ts";

/** What the two renderings do in ways of their own. */
export type Dialect = {
  /** Text that is not code, in which formulas may stand. */
  text(value: string): string;
  readonly lineBreak: string;
  footnote(node: FootnoteReference, around: Around): string;
  /** Whether a link may have this target; the target of any other link is shown as text. */
  takesLink(url: URL): boolean;
};

/** What is around a node. Telegram allows no formatting in code and no link in a link. */
export type Around = {
  readonly source: Source;
  readonly dialect: Dialect;
  readonly tags: ReadonlySet<string>;
};

/** Schemes that links have everywhere on Telegram. */
export const LINK_SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "tg:"]);

/** The nodes of one block of text, one after the other. */
export function inline(nodes: readonly PhrasingContent[], around: Around): string {
  return nodes.map((node) => phrase(node, around)).join("");
}

/** One node; what is no text inside a block shows nothing. */
export function phrase(node: Nodes, around: Around): string {
  switch (node.type) {
    case "text":
    case "html":
      return around.dialect.text(node.value);
    case "strong":
      return tagged("b", node.children, around);
    case "emphasis":
      return tagged("i", node.children, around);
    case "delete":
      return tagged("s", node.children, around);
    case "inlineCode":
      return inlineCode(putBack(node.value, around.source.formulas), around);
    case "break":
      return around.dialect.lineBreak;
    case "link":
      return anchor(node, around);
    case "image":
      return target(node.url, around.dialect.text(node.alt || "image"), around);
    default:
      return reference(node, around);
  }
}

/** Nodes inside a tag, which is left out where it is around them already. */
export function tagged(tag: "b" | "i" | "s", children: readonly PhrasingContent[], around: Around): string {
  const html = inline(children, within(tag, around));
  return html === "" || around.tags.has(tag) ? html : `<${tag}>${html}</${tag}>`;
}

/** A link, or its text and its target where Telegram takes no such link. */
function anchor(link: Link, around: Around): string {
  return target(link.url, inline(link.children, within("a", around)), around);
}

export function within<A extends Around>(tag: string, around: A): A {
  return { ...around, tags: new Set(around.tags).add(tag) };
}

function reference(node: Nodes, around: Around): string {
  const { definitions } = around.source;
  switch (node.type) {
    case "linkReference":
      return target(definitions.get(node.identifier) ?? "", inline(node.children, within("a", around)), around);
    case "imageReference":
      return target(definitions.get(node.identifier) ?? "", around.dialect.text(node.alt || "image"), around);
    case "footnoteReference":
      return around.dialect.footnote(node, around);
    case "definition":
      return around.dialect.text(around.source.strayDefinitions.get(node) ?? "");
    default:
      return ""; // rows, cells and items are rendered by what they stand in
  }
}

function inlineCode(code: string, { tags }: Around): string {
  return tags.has("a") ? escapeText(code) : `<code>${escapeText(code)}</code>`;
}

function target(address: string, label: string, around: Around): string {
  if (around.tags.has("a")) return label;
  const url = putBack(address, around.source.formulas).trim();
  // Apps find an address in a text, but not its scheme.
  const shown = escapeText(url.replace(/^mailto:/iu, ""));
  // A link without a text shows where it leads.
  const html = isInvisible(parsedText(label)) ? shown : label;
  if (URL.canParse(url) && around.dialect.takesLink(new URL(url))) {
    return `<a href="${escapeAttribute(url.replace(/\s+/gu, "%20"))}">${html}</a>`;
  }
  return shown === "" || shown === html ? html : `${html} (${shown})`;
}
