/** What renderings of a text begin with: its syntax tree, the targets of its links, its formulas. Pure. */
import type { Definition, ImageReference, LinkReference, Nodes, RootContent } from "mdast";
import { parseMarkdown } from "./markdown.ts";
import { type Formula, putFormulasAside } from "./formulas.ts";

export type Source = {
  /** The Markdown, as it may be shown when nothing else works. */
  readonly text: string;
  /** Empty when the text nests too deep to be parsed. Texts in it have one character for each formula. */
  readonly nodes: readonly RootContent[];
  readonly formulas: readonly Formula[];
  /** Targets of reference links, by identifier. */
  readonly definitions: ReadonlyMap<string, string>;
  /** Definitions that no link is made of, as they are written: `[Alice]: Hi`, or one whose link is in another part. */
  readonly strayDefinitions: ReadonlyMap<Definition, string>;
};

/** Reads a text of a message's length. */
export function readSource(markdown: string): Source {
  const text = markdown.toWellFormed(); // a lone surrogate is refused: "text must be encoded in UTF-8"
  const aside = putFormulasAside(text);
  const nodes = parseMarkdown(aside.text)?.children ?? [];
  const all = nodes.flatMap((node) => [...nodesIn(node)]);
  const definitions = new Map<string, Definition>();
  for (const node of all) {
    // "If there are several matching definitions, the first one takes precedence" (CommonMark, 4.7).
    if (node.type === "definition" && !definitions.has(node.identifier)) definitions.set(node.identifier, node);
  }
  const used = new Set(all.map((node) => (isReference(node) ? definitions.get(node.identifier) : undefined)));
  const stray = all.filter((node) => node.type === "definition").filter((node) => !used.has(node));
  return {
    text,
    nodes,
    formulas: aside.formulas,
    definitions: new Map(Array.from(definitions, ([identifier, { url }]) => [identifier, url])),
    strayDefinitions: new Map(stray.map((node) => [node, sourceOf(node, aside.text)])),
  };
}

function* nodesIn(node: Nodes): Generator<Nodes> {
  yield node;
  if (!("children" in node)) return;
  for (const child of node.children) yield* nodesIn(child);
}

function isReference(node: Nodes): node is LinkReference | ImageReference {
  return node.type === "linkReference" || node.type === "imageReference";
}

function sourceOf({ position }: Nodes, text: string): string {
  return text.slice(position?.start.offset ?? 0, position?.end.offset ?? 0);
}
