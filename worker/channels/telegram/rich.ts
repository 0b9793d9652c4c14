/**
 * Markdown to the HTML of Telegram's rich messages ("InputRichMessage", "Rich HTML style"; Bot API 10.1), for texts that
 * plain HTML cannot show well. Made of the same syntax tree as plain HTML, so that tags always nest. Pure.
 */
import type { Code, FootnoteDefinition, List, ListItem, Nodes, PhrasingContent, RootContent, Table } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { escapeText, parsedText } from "./html.ts";
import { footnoteMark } from "./render.ts";
import { readCode } from "../text/code.ts";
import { codeBlock } from "./render-code.ts";
import { type Around as InlineAround, type Dialect, inline, LINK_SCHEMES, phrase } from "./render-inline.ts";
import { cutAtFormulas, type Formula, formulaOf } from "../text/formulas.ts";
import type { Source } from "../text/source.ts";
import { fitsRichMessage, tablesFit } from "./rich-limits.ts";

/** `InputRichMessage`, as far as it is used. */
export type RichMessage = { readonly html: string; readonly is_rtl?: true };

type Around = InlineAround & { readonly notes: Notes };
/** The first definition of each footnote, by identifier; its place is its number. */
type Notes = readonly FootnoteDefinition[];

/** The language of a code block that is a formula. */
const MATH = "math";
/** The first letter says which way a text runs ("Unicode Bidirectional Algorithm", P2). */
const FIRST_LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** "Links mailto:... are rendered as e-mail links": only of one address, else the message is refused. */
const MAIL_LINK = /^mailto:[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/u;

/**
 * A text as a rich message, or null when plain HTML shows it as well or rich messages have no room for it.
 *
 * Rich is worth it for what plain HTML only imitates: tables (aligned with spaces there, unreadable on a phone when they are
 * wide), lists in lists and tasks, headings of several levels, formulas, footnotes. Anything else stays plain HTML: that
 * is what all apps show, old ones too, and what quotes, searches and notifications are made for.
 */
export function renderRich(source: Source): RichMessage | null {
  if (!isBetterRich(source) || !tablesFit(source.nodes)) return null;
  const notes = footnotesIn(source.nodes);
  const around: Around = { source, notes, dialect: richDialect(source.formulas, notes), tags: new Set() };
  const html = blocks(source.nodes, around);
  if (!fitsRichMessage(html)) return null;
  const firstLetter = FIRST_LETTER.exec(parsedText(html))?.[0] ?? "";
  return { html, ...(RIGHT_TO_LEFT.test(firstLetter) && { is_rtl: true }) };
}

function isBetterRich({ nodes, formulas }: Source): boolean {
  const levels = new Set<number>();
  const isBetter = (node: Nodes, isInList: boolean): boolean => {
    if (node.type === "heading") levels.add(node.depth);
    if (node.type === "table" || node.type === "footnoteDefinition" || isFormula(node)) return true;
    if (node.type === "listItem" && typeof node.checked === "boolean") return true;
    if (node.type === "list" && isInList) return true;
    return "children" in node && node.children.some((child) => isBetter(child, isInList || node.type === "listItem"));
  };
  // All are looked at, since headings count together.
  return nodes.filter((node) => isBetter(node, false)).length > 0 || levels.size > 1 || formulas.length > 0;
}

function isFormula(node: Nodes): boolean {
  return node.type === "code" && node.lang === MATH;
}

function richDialect(formulas: readonly Formula[], notes: Notes): Dialect {
  return {
    text: (value) =>
      cutAtFormulas(value)
        .map((piece) => {
          const formula = formulaOf(piece, formulas);
          return formula ? `<tg-math>${latex(formula.tex)}</tg-math>` : escapeText(piece).replace(/\r?\n/gu, "<br>");
        })
        .join(""),
    lineBreak: "<br>",
    footnote(node, { tags }) {
      const mark = footnoteMark(node, formulas);
      const index = notes.findIndex(({ identifier }) => identifier === node.identifier);
      return index < 0 || tags.has("a") ? mark : `<sup><a href="#${noteName(index)}">${mark}</a></sup>`;
    },
    takesLink: (url) => LINK_SCHEMES.has(url.protocol) || MAIL_LINK.test(url.href),
  };
}

function blocks(nodes: readonly RootContent[], around: Around): string {
  return nodes.map((node) => block(node, around)).join("");
}

function block(node: RootContent, around: Around): string {
  switch (node.type) {
    case "paragraph":
      return paragraph(node.children, around);
    case "heading":
      return wrapped(`h${node.depth}`, inline(node.children, around));
    case "blockquote":
      return wrapped("blockquote", blocks(node.children, around));
    case "list":
      return list(node, around);
    case "code":
      return code(node, around);
    case "table":
      return table(node, around);
    case "thematicBreak":
      return "<hr/>";
    case "footnoteDefinition":
      return footnote(node, around);
    default:
      return wrapped("p", phrase(node, around));
  }
}

function code(node: Code, { source }: Around): string {
  const shown = readCode(node, source.formulas);
  if (isInvisible(shown.code)) return "";
  const isMath = shown.language === MATH;
  return wrapped("p", escapeText(shown.title)) + (isMath ? mathBlock(shown.code) : codeBlock(shown));
}

/** A paragraph; a formula that stands in lines of its own is a block of its own. */
function paragraph(children: readonly PhrasingContent[], around: Around): string {
  const { formulas } = around.source;
  const runs: (PhrasingContent[] | Formula)[] = [];
  for (const node of children.flatMap(apart)) {
    const formula = node.type === "text" ? formulaOf(node.value, formulas) : undefined;
    const last = runs.at(-1);
    if (formula?.isBlock) runs.push(formula);
    else if (Array.isArray(last)) last.push(node);
    else runs.push([node]);
  }
  return runs.map((run) => (Array.isArray(run) ? wrapped("p", inline(run, around)) : mathBlock(run.tex))).join("");
}

/** A text node as one node for each piece; other nodes as they are. */
function apart(node: PhrasingContent): PhrasingContent[] {
  if (node.type !== "text") return [node];
  return cutAtFormulas(node.value).map((value) => ({ type: "text", value }));
}

function list(node: List, around: Around): string {
  const items = node.children.map((child) => item(child, around)).join("");
  if (!node.ordered) return `<ul>${items}</ul>`;
  const start = node.start ?? 1;
  return start === 1 ? `<ol>${items}</ol>` : `<ol start="${start}">${items}</ol>`;
}

function item({ checked, children }: ListItem, around: Around): string {
  const box = checked === true ? '<input type="checkbox" checked>' : checked === false ? '<input type="checkbox">' : "";
  const [only, ...more] = children;
  const html = blocks(children, around);
  // An item of one paragraph needs no <p>.
  const isText = only?.type === "paragraph" && more.length === 0 && /^<p>(?:(?!<\/p>).)*<\/p>$/su.test(html);
  return `<li>${box}${isText ? html.slice("<p>".length, -"</p>".length) : html}</li>`;
}

function table({ children, align }: Table, around: Around): string {
  const rows = children.map((row, index) => {
    const tag = index === 0 ? "th" : "td";
    const cells = row.children.map((cell, column) => {
      // Without it a head may stand elsewhere than its column.
      return `<${tag} align="${align?.[column] ?? "left"}">${inline(cell.children, around)}</${tag}>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const html = rows.join("");
  return isInvisible(parsedText(html)) ? "" : `<table bordered>${html}</table>`;
}

/** What a footnote says; its mark in the text leads there. */
function footnote(node: FootnoteDefinition, around: Around): string {
  const mark = footnoteMark(node, around.source.formulas);
  const index = around.notes.indexOf(node);
  const [first, ...rest] = node.children;
  const text = first?.type === "paragraph" ? inline(first.children, around) : "";
  const [named, more] = isInvisible(parsedText(text)) ? [mark, node.children] : [text, rest];
  const reference = index < 0 ? named : `<tg-reference name="${noteName(index)}">${named}</tg-reference>`;
  return `<p>${named === mark ? "" : `${mark} `}${reference}</p>${blocks(more, around)}`;
}

function noteName(index: number): string {
  return `note-${index + 1}`;
}

function footnotesIn(nodes: readonly Nodes[]): Notes {
  const all = nodes.flatMap((node): Notes => {
    const inside = "children" in node ? footnotesIn(node.children) : [];
    return node.type === "footnoteDefinition" ? [node, ...inside] : inside;
  });
  return all.filter((node, index) => all.findIndex(({ identifier }) => identifier === node.identifier) === index);
}

/** "RICH_MESSAGE_CONTENT_REQUIRED": a block without text is refused, and shows nothing anyway. */
function wrapped(tag: string, html: string): string {
  const inner = html.replace(/^(?:<br>|\s)+|(?:<br>|\s)+$/gu, "");
  return isInvisible(parsedText(inner)) ? "" : `<${tag}>${inner}</${tag}>`;
}

function mathBlock(tex: string): string {
  return `<tg-math-block>${latex(tex)}</tg-math-block>`;
}

/**
 * LaTeX between tags. "Formula source is treated as raw LaTeX" leaves open whether references in it are decoded; so there
 * are none: `<` and `>` have commands, and an `&` that a space follows is no reference.
 */
function latex(tex: string): string {
  return tex
    .replace(/</gu, "\\lt ")
    .replace(/>/gu, "\\gt ")
    .replace(/&(?!\s)/gu, "& ");
}
