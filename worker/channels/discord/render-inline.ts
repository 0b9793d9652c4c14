/**
 * Text inside a block in Discord's Markdown ("Markdown Text 101"). What Discord would take for a mark and is none is
 * escaped; mentions are left as they were written, since `allowed_mentions` keeps them from calling anybody. Pure.
 */
import type { Nodes, PhrasingContent } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { putBack } from "../text/formulas.ts";
import type { Source } from "../text/source.ts";

/** What is around a node. */
export type Around = {
  readonly source: Source;
  /** `full` escapes, aligns and indents, which can make a text longer; `compact` does none of that. */
  readonly style: "full" | "compact";
  /** Marks that are around already; a second one would end the first. */
  readonly marks: ReadonlySet<string>;
};

/**
 * Characters that begin or end something for Discord. An underscore within a word does not, and a star between spaces
 * neither.
 */
const MARK =
  /`|(?<!\s)\*|\*(?!\s)|(?<![\dA-Za-z])_|_(?![\dA-Za-z])|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\||\](?=\(|$)|\\(?=[^\dA-Za-z\s]|$)/gu;
/** What would make a heading, a subtext, a quote or a list of a line; the number of an item stays outside. */
const LINE_MARK = /^([ \t]*)(\d+(?=\.\s))?(?=#{1,3}\s|-#\s|>{1,3}\s|[-*+]\s|\.\s)/gmu;
/** Discord makes no link of a label that is an address itself. */
const LIKE_ADDRESS = /\w:\/\/|^www\./iu;
/** What would end an address too soon, by itself and as the target of a link. */
const NOT_IN_ADDRESS = /[\s<]/gu;
const NOT_IN_TARGET = /[\s<>()"\\]/gu;
/** Discord takes these for the end of the sentence, not of an address; a bracket, unless the address opens it. */
const AFTER_ADDRESS = /[.,:;"'\]]$|^[^(]*\)$/u;

/** The nodes of one block of text, one after the other; nothing in it begins a block of its own. */
export function inline(nodes: readonly PhrasingContent[], around: Around): string {
  const text = phrases(nodes, around);
  return around.style === "full" ? text.replace(LINE_MARK, "$1$2\\") : text;
}

/** One node; what is no text inside a block shows nothing. */
export function phrase(node: Nodes, around: Around): string {
  switch (node.type) {
    case "text":
    case "html":
      return words(node.value, around);
    case "strong":
      return marked("**", node.children, around);
    case "emphasis":
      return marked("*", node.children, around);
    case "delete":
      return marked("~~", node.children, around);
    case "inlineCode":
      return inlineCode(putBack(node.value, around.source.formulas));
    case "break":
      return "\n";
    case "link":
      return link(node.url, node.children, around);
    case "image":
      return link(node.url, [{ type: "text", value: node.alt || "image" }], around);
    default:
      return reference(node, around);
  }
}

/** Nodes between two marks, which are left out where they are around them already, and around nothing. */
export function marked(mark: "**" | "*" | "~~", children: readonly PhrasingContent[], around: Around): string {
  const text = phrases(children, { ...around, marks: new Set(around.marks).add(mark) });
  return isInvisible(text) || around.marks.has(mark) ? text : mark + text + mark;
}

/** A footnote's name, where it is referred to and where it stands. */
export function footnoteMark(name: string, around: Around): string {
  return `[${words(name, around)}]`;
}

/** The text of inline nodes without any formatting. */
export function plain(nodes: readonly PhrasingContent[], source: Source): string {
  const text = nodes.map((node) => {
    if ("value" in node) return node.value;
    if ("children" in node) return plain(node.children, source);
    if (node.type === "footnoteReference") return `[${node.label ?? node.identifier}]`;
    return "alt" in node ? node.alt || "image" : " ";
  });
  return putBack(text.join(""), source.formulas);
}

function phrases(nodes: readonly PhrasingContent[], around: Around): string {
  return nodes.map((node) => phrase(node, around)).join("");
}

function words(value: string, { source, style }: Around): string {
  const text = putBack(value, source.formulas);
  return style === "full" ? text.replace(MARK, "\\$&") : text;
}

/** The marks around code are of a length that none in it has. */
function inlineCode(code: string): string {
  const runs = new Set([...code.matchAll(/`+/gu)].map(([run]) => run.length));
  let length = 1;
  while (runs.has(length)) length += 1;
  const mark = "`".repeat(length);
  return /^`|`$/u.test(code) ? `${mark} ${code} ${mark}` : mark + code + mark;
}

function reference(node: Nodes, around: Around): string {
  const { definitions, strayDefinitions } = around.source;
  switch (node.type) {
    case "linkReference":
      return link(definitions.get(node.identifier) ?? "", node.children, around);
    case "imageReference":
      return link(definitions.get(node.identifier) ?? "", [{ type: "text", value: node.alt || "image" }], around);
    case "footnoteReference":
      return footnoteMark(node.label ?? node.identifier, around);
    case "definition":
      return words(strayDefinitions.get(node) ?? "", around);
    default:
      return ""; // rows, cells and items are rendered by what they stand in
  }
}

/** A link, or its text and its target where Discord takes no such link. */
function link(address: string, label: readonly PhrasingContent[], around: Around): string {
  const text = phrases(label, { ...around, marks: new Set(around.marks).add("link") }).replace(/\s*\n\s*/gu, " ");
  if (around.marks.has("link")) return text;
  const url = putBack(address, around.source.formulas).trim();
  const said = plain(label, around.source).trim();
  if (!isWebAddress(url)) {
    const shown = url.replace(/^mailto:/iu, "");
    return shown === "" || shown === said
      ? text
      : isInvisible(said)
        ? words(shown, around)
        : `${text} (${words(shown, around)})`;
  }
  const whole = url.replace(NOT_IN_ADDRESS, encodeCharacter);
  const bare = bareAddress(whole);
  if (isInvisible(said) || said === whole || `http://${said}` === whole) return bare;
  if (LIKE_ADDRESS.test(said) || /[[\]]/u.test(said)) return `${text} (${bare})`;
  return `[${text}](${url.replace(NOT_IN_TARGET, encodeCharacter)})`;
}

/** Between brackets nothing of it is left out, but nothing is shown of what it leads to either. */
function bareAddress(address: string): string {
  return AFTER_ADDRESS.test(address) && !address.includes(">") ? `<${address}>` : address;
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/u.test(new URL(url).protocol);
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
