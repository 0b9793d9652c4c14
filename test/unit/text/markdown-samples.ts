/** Markdown that models and hostile people write, as fast-check arbitraries, and what a reader sees of Markdown. */
import fc from "fast-check";
import type { Code, Nodes } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { parseMarkdown } from "../../../worker/channels/text/markdown.ts";

const words = fc.oneof(
  fc.constantFrom(
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "1.",
    "-",
    "#",
    ">",
    "a_b",
    "2*3",
    "x<y",
    "&amp;",
    "`",
    "**",
    "~~",
    "[",
  ),
  fc.constantFrom(
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "e\u0301",
    "שלום",
    "مرحبا",
    "中文字",
    "https://example.org/a?b=1&c=2",
    "@name",
    "www.example.org",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
);
const sentence = fc.array(words, { minLength: 1, maxLength: 12 }).map((list) => `${list.join(" ")}.`);
const styled = fc
  .tuple(fc.constantFrom("**", "*", "_", "~~", "`", "***"), sentence)
  .map(([mark, text]) => mark + text + mark);
const link = fc
  .tuple(
    sentence,
    fc.constantFrom("https://x.y/z", "javascript:alert(1)", "./relative", "mailto:a@b.c", 'http://a/"b"'),
  )
  .map(([text, url]) => `[${text}](${url})`);
const image = fc
  .tuple(sentence, fc.constantFrom("https://x.y/cat.png", "cat.png", "<https://x.y/a cat.png>", "[ref]"))
  .map(([text, url]) => (url === "[ref]" ? `![${text}]${url}` : `![${text}](${url})`));
const formula = fc
  .tuple(
    fc.constantFrom(["$", "$"], ["$$", "$$"], ["\\(", "\\)"], ["\\[", "\\]"]),
    fc.oneof(fc.constantFrom("x^2_i", "\\frac{a}{b}", "a < b \\& c", "*a*_b_", "5", "{", "&amp;"), sentence),
  )
  .map(([[open, close], tex]) => `${open}${tex}${close}`);
const raw = fc.constantFrom("<b>raw</b>", "<tag", "<!-- no comment -->", "note[^1]", "[^x]", "code `` a ` b `` in it");
const rightToLeft = fc.constantFrom("שלום **עולם** abc", "\u202eمرحبا `code` بالعالم\u202c", "‏(a) ‎b");
/** Links to what may be defined before, after, twice or not at all, and links without a text. */
const reference = fc.constantFrom(
  "[text][ref]",
  "[ref]",
  "![][ref]",
  "[](https://x.y/empty)",
  "[ ][ref]",
  "[](mailto:a@b.cd)",
);
const inline = fc.array(fc.oneof(reference, sentence, styled, link, image, formula, raw, rightToLeft), {
  minLength: 1,
  maxLength: 5,
});
const paragraph = inline.map((pieces) => pieces.join(" "));
const fence = fc
  .tuple(
    fc.constantFrom("```", "~~~", "````"),
    fc.oneof(
      fc.constantFrom(
        "",
        "js",
        "c++ title=x",
        "python main.py",
        "{.r}",
        "Done.",
        "x".repeat(50),
        "long info ".repeat(40),
      ),
      sentence.map((text) => ` ${text.replace(/`/gu, "")}`),
    ),
    fc.array(sentence, { maxLength: 12 }),
    fc.boolean(),
  )
  .map(([mark, info, lines, isClosed]) => [mark + info, ...lines, ...(isClosed ? [mark] : [])].join("\n"));
const cell = fc.oneof(sentence, styled, link, image, reference, formula, fc.constant(""));
const table = fc
  .tuple(fc.integer({ min: 1, max: 25 }), fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }))
  .map(([columns, rows]) => {
    const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const wide = (pair: readonly string[]) => row(Array.from({ length: columns }, (_, index) => pair[index % 2] ?? ""));
    return [wide(["a", "b"]), wide(["---", ":-:"]), ...rows.map(wide)].join("\n");
  });
/** What links lead to, and what only looks like that. */
const definition = fc
  .tuple(
    fc.constantFrom("ref", "Alice", "Bob", "ref"),
    fc.constantFrom("https://x.y/picture", "Hi", "<Hello there>", "mailto:c@d.ef", '/path "a title"'),
  )
  .map(([name, target]) => `[${name}]: ${target}`);
/** Far more cells than text: short rows have as many cells as the first. */
const bigTable = fc
  .tuple(fc.integer({ min: 15, max: 300 }), fc.integer({ min: 15, max: 300 }), reference)
  .map(([columns, rows, cell]) =>
    ["|a".repeat(columns), "|-".repeat(columns), `|${cell}`, ...Array.from({ length: rows }, () => "|b")].join("\n"),
  );
const displayed = fc
  .tuple(fc.constantFrom("$$", "```math"), sentence)
  .map(([mark, tex]) => [mark, tex, mark === "$$" ? mark : "```"].join("\n"));
const indented = (text: string, indent: string) => text.split("\n").join(`\n${indent}`);
const { block } = fc.letrec<{ block: string }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    paragraph,
    fence,
    table,
    sentence.map((text) => `## ${text}`),
    fc.constant("---"),
    fc
      .array(tie("block"), { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item) => `- ${indented(item, "  ")}`).join("\n")),
    fc
      .array(tie("block"), { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item) => `1. ${indented(item, "   ")}`).join("\n")),
    tie("block").map((text) => `> ${indented(text, "> ")}`),
    sentence.map((text) => `- [x] ${text}\n- [ ] open\n-`),
    displayed,
    inline.map((pieces) => `[^1]: ${pieces.join(" ")}\n\n    more of it`),
    fc.tuple(fc.integer({ min: 1, max: 6 }), sentence).map(([level, text]) => `${"#".repeat(level)} ${text}`),
    definition,
    bigTable,
    fc.constant("<details>\n<summary>raw</summary>\n</details>"),
  ),
}));

/** Documents made of headings, lists, quotes, tables and code, with every kind of character in them. */
export const documents = fc.array(block, { minLength: 1, maxLength: 5 }).map((blocks) => blocks.join("\n\n"));
/** Anything at all: marks of every kind in random order. */
export const soup = fc
  .array(
    fc.oneof(
      words,
      fc.constantFrom(
        "\n",
        "\n\n",
        "```",
        "```js\n",
        "> ",
        "- ",
        "| ",
        "    ",
        "<",
        "](",
        ")",
        "\\",
        "\u0000",
        "\ud83d",
        "\r\n",
        "\t",
      ),
    ),
    { maxLength: 120 },
  )
  .map((pieces) => pieces.join(""));

/**
 * What a reader sees: texts and code in order, without any white space. Definitions that no link is made of count too, if
 * asked for: which these are may change when a text is split.
 */
export function visibleText(markdown: string, definitions: "stray" | "none" = "none"): string {
  const root = parseMarkdown(markdown);
  if (!root) return markdown.replace(/\s+/gu, "");
  const hidden = definitions === "none" ? nodesIn(root) : usedDefinitions(root);
  return textOf(root, new Set(hidden)).replace(/\s+/gu, "");
}

/** Where the links of a text lead; none if there may be formulas, in which a link is none. */
export function addressesIn(markdown: string): string[] {
  if (HAS_FORMULA.test(markdown)) return [];
  const all = nodesIn(parseMarkdown(markdown.toWellFormed()) ?? { type: "root", children: [] });
  return all.flatMap((node) => {
    const isLink = node.type === "link" || node.type === "image" || node.type === "definition";
    // What reads an address out of plain text puts these before it; the text itself shows it without.
    return isLink ? [node.url.trim().replace(/^(?:mailto:|http:\/\/(?=www\.))/iu, "")] : [];
  });
}

/** What could be a mark of Markdown. */
const MARKS = /[*_~`\\$()[\]<>|]/gu;
const HAS_FORMULA = /\$|\\[([]|^.*(?:`{3}|~{3})math/mu;

/**
 * Whether `shown` lost nothing of `markdown` that a reader would see. Where formulas may be, what Markdown takes for its
 * marks depends on where one thinks that they are; there only the rest counts.
 */
export function keepsText(markdown: string, shown: string): boolean {
  const seen = visibleText(markdown.toWellFormed(), "stray");
  const found = shown.replace(/\s+/gu, "");
  if (!HAS_FORMULA.test(markdown)) return isSubsequence(seen, found);
  return isSubsequence(seen.replace(MARKS, ""), found);
}

/** What follows the mark that opens a block is text, unless it only names the language of code that there is. */
function codeText({ lang, meta, value }: Code): string {
  const isLanguage = /^[\w#+.-]{1,40}$/u.test(lang ?? "") && !isInvisible(value);
  return [isLanguage ? "" : lang, meta, value].join(" ");
}

function textOf(node: Nodes, hidden: ReadonlySet<Nodes>): string {
  if (node.type === "code") return codeText(node);
  if (node.type === "definition") return hidden.has(node) ? "" : `[${node.label ?? ""}]:${node.url}`;
  if ("value" in node) return node.value;
  if ("children" in node) return node.children.map((child) => textOf(child, hidden)).join(" ");
  return "alt" in node ? (node.alt ?? "") : "";
}

/** The first definition of each name that a link or an image has. */
function usedDefinitions(root: Nodes): Nodes[] {
  const all = nodesIn(root);
  const names = all.flatMap((node) =>
    node.type === "linkReference" || node.type === "imageReference" ? [node.identifier] : [],
  );
  const found = names.map((name) => all.find((node) => node.type === "definition" && node.identifier === name));
  return found.filter((node) => node !== undefined);
}

function nodesIn(node: Nodes): Nodes[] {
  return [node, ...("children" in node ? node.children.flatMap(nodesIn) : [])];
}

/** Whether all characters of `part` occur in `whole` in the same order. */
export function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of part) {
    at = whole.indexOf(character, at);
    if (at < 0) return false;
    at += character.length;
  }
  return true;
}
