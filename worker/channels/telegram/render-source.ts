/** What both renderings of a text begin with: its syntax tree, the targets of its links, its formulas. Pure. */
import type { RootContent } from "mdast";
import { parseMarkdown } from "../text/markdown.ts";
import { type Formula, putFormulasAside } from "./render-math.ts";

export type Source = {
  /** The Markdown, as it may be shown when nothing else works. */
  readonly text: string;
  /** Empty when the text nests too deep to be parsed. Texts in it have one character for each formula. */
  readonly nodes: readonly RootContent[];
  readonly formulas: readonly Formula[];
  /** Targets of reference links, by identifier. */
  readonly definitions: ReadonlyMap<string, string>;
};

/** Reads a text of a message's length. */
export function readSource(markdown: string): Source {
  const text = markdown.toWellFormed(); // a lone surrogate is refused: "text must be encoded in UTF-8"
  const aside = putFormulasAside(text);
  const nodes = parseMarkdown(aside.text)?.children ?? [];
  return { text, nodes, formulas: aside.formulas, definitions: new Map(definitionsIn(nodes)) };
}

function definitionsIn(nodes: readonly RootContent[]): (readonly [string, string])[] {
  return nodes.flatMap((node) => {
    if (node.type === "definition") return [[node.identifier, node.url] as const];
    return "children" in node ? definitionsIn(node.children) : [];
  });
}
