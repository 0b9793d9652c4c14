import fc from "fast-check";
import type { Nodes } from "mdast";
import { describe, expect, it } from "vitest";
import { readLines } from "../../../worker/channels/text/lines.ts";
import { parseMarkdown } from "../../../worker/channels/text/markdown.ts";
import { documents } from "./markdown-samples.ts";

/** The values of all fenced code blocks, by a full parser. */
function fencesByParser(markdown: string): string[] {
  const visit = (node: Nodes): string[] => {
    if (node.type === "code") {
      const start = node.position?.start.offset ?? 0;
      return /^(?:`{3}|~{3})/u.test(markdown.slice(start)) ? [node.value] : [];
    }
    return "children" in node ? node.children.flatMap(visit) : [];
  };
  const root = parseMarkdown(markdown);
  return root ? visit(root) : [];
}

function fencesByLines(markdown: string): string[] {
  const fences: string[][] = [];
  for (const line of readLines(markdown)) {
    if (line.role === "open") fences.push([]);
    if (line.role === "code") fences.at(-1)?.push(line.code ?? "");
  }
  return fences.map((lines) => lines.join("\n"));
}

describe("readLines", { timeout: 60_000 }, () => {
  it("loses no line", () => {
    fc.assert(
      fc.property(documents, (markdown) => {
        const lines = readLines(markdown).filter((line) => line.role !== "close" || line.text !== "");
        expect(lines.map((line) => line.text).join("\n")).toBe(markdown.replace(/\r\n|\r/gu, "\n"));
      }),
    );
  });

  it("finds the code blocks that a full parser finds, in lists and quotes too", () => {
    for (const text of [
      "```js\na\n```",
      "~~~\n```\n~~~",
      "````\n```\n````",
      "1. x\n   ```\n   a\n   ```\n   y",
      "- - ```\n    a\n    ```",
      "> ```\n> a\n> ```\nb",
      "> ```\n> a\nb\n```\nc\n```",
      "- ```\n  a\nb",
      "```\nunclosed\n\nx",
      "` ``` `\n\n``` not `a` fence",
      "-\n  ```\n  a\n  ```",
      "10) x\n\n    ```\n    a\n    ```",
    ]) {
      expect(fencesByLines(text), text).toEqual(fencesByParser(text));
    }
  });

  it("mostly agrees with a full parser about documents of any kind", () => {
    const samples = fc.sample(documents, { numRuns: 100, seed: 7 });
    const wrong = samples.filter(
      (text) => JSON.stringify(fencesByLines(text)) !== JSON.stringify(fencesByParser(text)),
    );
    expect(wrong.length / samples.length).toBeLessThan(0.1);
  });
});
