import fc from "fast-check";
import type { Code, Nodes } from "mdast";
import { describe, expect, it } from "vitest";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { parseMarkdown } from "../../../worker/channels/text/markdown.ts";
import { splitMarkdown } from "../../../worker/channels/text/split.ts";
import { documents, isSubsequence, soup, visibleText } from "./markdown-samples.ts";

const codeIn = (node: Nodes): Code[] => {
  if (node.type === "code") return [node];
  return "children" in node ? node.children.flatMap(codeIn) : [];
};
const codeOf = (markdown: string) => codeIn(parseMarkdown(markdown) ?? { type: "root", children: [] });
const linesOf = (part: string) => part.trimEnd().split(/\r\n|\n|\r/u).length;
const splitsPair = (text: string) => /^[\udc00-\udfff]|[\ud800-\udbff]$/u.test(text);

describe("splitMarkdown", { timeout: 60_000 }, () => {
  it("returns a text that fits as it is, and nothing for a blank one", () => {
    expect(splitMarkdown("hello", 5)).toEqual(["hello"]);
    expect(splitMarkdown(" \n\t", 1)).toEqual([]);
    for (const text of ["\u200b", "\u2060\u00ad", "\u2800", "\u3164", "&#8203;", "&nbsp;\n\u200b", "```\n```"]) {
      expect(splitMarkdown(text, 100), JSON.stringify(text)).toEqual([]);
    }
  });

  it("leaves out a part that would show nothing, but no code", () => {
    const words = "word ".repeat(8).trim();
    expect(splitMarkdown(`${words}\n\n${"\u200b\n".repeat(50)}\n${words}`, 50)).toEqual([words, words]);
    const code = ["~~~", "```", "&nbsp;", "\u200b", "~~~"].join("\n");
    expect(splitMarkdown(code, 100)).toEqual([code]);
  });

  it("breaks between blocks before lines, lines before sentences, sentences before words", () => {
    expect(splitMarkdown(`${"a ".repeat(15).trim()}\nb b\n\n${"c ".repeat(20).trim()}`, 50)).toEqual([
      `${"a ".repeat(15).trim()}\nb b`,
      "c ".repeat(20).trim(),
    ]);
    expect(splitMarkdown(`${"a".repeat(30)}\n${"b".repeat(30)}`, 50)).toEqual(["a".repeat(30), "b".repeat(30)]);
    expect(splitMarkdown(`${"a".repeat(30)}. ${"b ".repeat(15)}`, 50)[0]).toBe(`${"a".repeat(30)}.`);
    expect(splitMarkdown(`${"a".repeat(30)} ${"b".repeat(30)}`, 50)).toEqual(["a".repeat(30), "b".repeat(30)]);
  });

  it("does not leave a heading or a short paragraph behind alone", () => {
    const [first = ""] = splitMarkdown(`# Title\n\n${"word ".repeat(100)}`, 200);
    expect(first.length).toBeGreaterThan(100);
  });

  it("closes a divided code block and opens it again with the same info string", () => {
    const code = Array.from({ length: 40 }, (_, index) => `line(${index});`);
    const parts = splitMarkdown(["Intro", "```ts title=x", ...code, "```", "Outro"].join("\n"), 120);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts.slice(1, -2)) expect(part).toMatch(/^```ts title=x\n[^`]*\n```$/u);
    expect(parts.flatMap(codeOf).flatMap((node) => node.value.split("\n"))).toEqual(code);
    expect(parts.at(-1)).toMatch(/Outro$/u);
  });

  it("shows a long info string once, as the first lines of its code", () => {
    const info = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
    const code = Array.from({ length: 30 }, (_, index) => `line(${index});`).join("\n");
    for (const [first, rest] of [
      ["", ""],
      ["> - ", ">   "],
    ] as const) {
      const text = `${first}~~~ ${info}\n${code}\n~~~`.replaceAll("\n", `\n${rest}`);
      for (const limit of [8, 100, 300]) {
        const shown = splitMarkdown(text, limit).join("").replace(/\s+/gu, "");
        expect(isSubsequence(visibleText(`~~~\n${info}\n${code}\n~~~`), shown)).toBe(true);
      }
      const parts = splitMarkdown(text, 300);
      expect(
        parts
          .flatMap(codeOf)
          .map((node) => node.value)
          .join("\n")
          .replace(/\s+/gu, ""),
      ).toBe((info + code).replace(/\s+/gu, ""));
      expect(new Set(parts.flatMap(codeOf).map((node) => node.lang))).toEqual(new Set([null]));
    }
    const marks = `~~~ ${"~".repeat(90)}\n${code}`;
    expect(visibleText(splitMarkdown(marks, 150)[0] ?? "")).toContain("~".repeat(90));
  });

  it("opens a code block again by the same mark, also where the info string begins like one", () => {
    const code = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    const parts = splitMarkdown([`~~~ ~~ odd`, ...code, "~~~"].join("\n"), 60);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flatMap(codeOf).flatMap((node) => node.value.split("\n"))).toEqual(code);
  });

  it("keeps an answer that is all in the line of a mark", () => {
    for (const text of ["```npm install\n```", "~~~ all of this", "> ```Done"]) {
      expect(splitMarkdown(text, 100)).toEqual([text]);
    }
    const words = "word ".repeat(18).trim();
    expect(splitMarkdown(`${words}\n\n\`\`\`npm install\n\`\`\``, 95)).toEqual([words, "```npm install\n```"]);
  });

  it("keeps a code block or a table whole if it fits into one part", () => {
    const fence = ["```", ...Array.from({ length: 8 }, () => "0123456789"), "```"].join("\n");
    expect(splitMarkdown(`${"word ".repeat(10)}\n${fence}`, 100)).toEqual(["word ".repeat(10).trim(), fence]);
    const table = ["| a | b |", "|---|---|", ...Array.from({ length: 6 }, () => "| 1 | 2 |")].join("\n");
    expect(splitMarkdown(`${"word ".repeat(10)}\n\n${table}`, 90)).toEqual(["word ".repeat(10).trim(), table]);
  });

  it("takes the marks of a list or quote from code that goes on in the next part", () => {
    const code = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    for (const [first, rest] of [
      ["1. ", "   "],
      ["- - ", "    "],
      ["> ", "> "],
      ["> 1. ", ">    "],
    ] as const) {
      const body = code.map((line) => rest + line).join("\n");
      const parts = splitMarkdown(`${first}\`\`\`sh\n${body}\n${rest}\`\`\`\n${rest}after`, 60);
      expect(parts.length).toBeGreaterThan(1);
      expect(parts.flatMap(codeOf).flatMap((node) => node.value.split("\n"))).toEqual(code);
      expect(new Set(parts.flatMap(codeOf).map((node) => node.lang))).toEqual(new Set(["sh"]));
      expect(parts.at(-1)).toContain("after");
    }
  });

  it("ends a code block where its list ends, as Markdown does", () => {
    const text = `- \`\`\`\n  code\nnot code ${"word ".repeat(30)}`;
    expect(splitMarkdown(text, 60).flatMap(codeOf)).toHaveLength(1);
    const quoted = `> \`\`\`\n${"> some code\n".repeat(12)}\nafter it`;
    const last = splitMarkdown(quoted, 60).at(-1) ?? "";
    expect(parseMarkdown(last)?.children.map((node) => node.type)).toEqual(["code", "paragraph"]);
  });

  it("does not make a list or a heading of the rest of a line", () => {
    for (const mark of ["-", "#", "1.", ">", "+", "~~~"]) {
      const parts = splitMarkdown(`${"x".repeat(39)} ${mark} ${"y".repeat(30)}`, 40);
      for (const part of parts) expect(parseMarkdown(part)?.children.map((node) => node.type)).toEqual(["paragraph"]);
    }
  });

  it("cuts no surrogate pair, joined emoji or accent while one fits", () => {
    for (const cluster of ["😀", "👩‍👩‍👧‍👦", "e\u0301\u0327", "🇩🇪"]) {
      for (const limit of [11, 12, 13, 17]) {
        for (const part of splitMarkdown(cluster.repeat(60), limit)) expect(part.length % cluster.length).toBe(0);
      }
    }
  });

  it("splits a 12,000-character answer with code into valid parts in order", () => {
    const section = (n: number) =>
      `## Part ${n}\n\n${`Sentence ${n} of prose. `.repeat(20)}\n\n\`\`\`ts\n${`const x${n} = 1;\n`.repeat(40)}\`\`\`\n\n`;
    const answer = Array.from({ length: 14 }, (_, n) => section(n))
      .join("")
      .slice(0, 12_000);
    const parts = splitMarkdown(answer, 4096);
    expect(parts.length).toBeLessThanOrEqual(5);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(4096);
    for (const part of parts) expect(part.match(/^```/gmu)?.length ?? 0).toSatisfy((count: number) => count % 2 === 0);
    expect(parts.map((part) => visibleText(part)).join("")).toBe(visibleText(answer));
  });

  it("keeps every part within any limit, not blank, and loses no visible text", () => {
    fc.assert(
      fc.property(fc.oneof(documents, soup), fc.integer({ min: 1, max: 300 }), (markdown, limit) => {
        const parts = splitMarkdown(markdown, limit);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(part.trim()).not.toBe("");
        }
        // Markdown shows a NUL as U+FFFD, but a part of nothing else is left out.
        const seen = Array.from(visibleText(markdown)).filter((unit) => unit !== "\ufffd" && !isInvisible(unit));
        expect(isSubsequence(seen.join(""), parts.join("").replace(/\s+/gu, ""))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("leaves no code block open at the end of a part that is not the last", () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 60, max: 400 }), (markdown, limit) => {
        for (const part of splitMarkdown(markdown, limit).slice(0, -1)) {
          // A paragraph after it stays a paragraph only if nothing before it is left open.
          const nodes = parseMarkdown(`${part}\n\nafter`)?.children ?? [];
          expect(nodes.at(-1)?.type).toBe("paragraph");
        }
      }),
      { numRuns: 150 },
    );
  });

  it("never cuts a surrogate pair when two units fit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 2, max: 40 }), (text, limit) => {
        for (const part of splitMarkdown(text, limit)) expect(splitsPair(part)).toBe(false);
      }),
    );
  });

  it("ends for the largest and oddest texts", () => {
    const odd = [">", "- ", "a\n", "|a", "😀", "```js\n", "a ", "\n", " ", "[", "e\u0301", "1. ", "\t", "```\n\n"];
    const spaced = [`~~~js${" ".repeat(400_000)}x`, `\`\`\`${"\t".repeat(400_000)}x\n`];
    for (const text of [...odd.map((unit) => unit.repeat(Math.ceil(200_000 / unit.length))), ...spaced]) {
      for (const part of splitMarkdown(text, 4096)) expect(part.length).toBeLessThanOrEqual(4096);
    }
  });

  it("refuses a limit that is none", () => {
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      expect(() => splitMarkdown("text", limit)).toThrow(RangeError);
      expect(() => splitMarkdown("text", 10, limit)).toThrow(RangeError);
    }
  });
});

describe("splitMarkdown with a limit of lines", { timeout: 60_000 }, () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

  it("returns a text of few lines as it is, whatever follows it", () => {
    const text = list(17).join("\n");
    expect(splitMarkdown(text, 2000, 17)).toEqual([text]);
    expect(splitMarkdown(`${text}\n\n`, 2000, 17)).toEqual([`${text}\n\n`]);
    expect(splitMarkdown(text, 2000, 16)).toHaveLength(2);
    expect(splitMarkdown(list(100).join("\n"), 2000)).toHaveLength(1);
  });

  it("counts the lines that close a code block and open it again", () => {
    const parts = splitMarkdown(["```ts", ...list(40), "```"].join("\n"), 2000, 17);
    expect(parts.map(linesOf)).toEqual([17, 17, 12]);
    for (const part of parts) expect(part).toMatch(/^```ts\n[^`]*\n```$/u);
    expect(parts.flatMap(codeOf).flatMap((node) => node.value.split("\n"))).toEqual(list(40));
  });

  it("breaks between blocks, however short their lines are", () => {
    const block = (name: string, count: number) => list(count).map((line) => `${name} ${line}`);
    const text = [block("a", 6), block("b", 6), block("c", 6)].map((lines) => lines.join("\n"));
    expect(splitMarkdown(text.join("\n\n"), 2000, 17)).toEqual([`${text[0]}\n\n${text[1]}`, text[2]]);
  });

  it("keeps a code block or a table whole if it has no more lines than a part", () => {
    const code = ["```", ...list(12), "```"].join("\n");
    expect(splitMarkdown(`${list(8).join("\n")}\n${code}`, 2000, 17)).toEqual([list(8).join("\n"), code]);
    const table = ["| a |", "|---|", ...list(10).map((cell) => `| ${cell} |`)].join("\n");
    expect(splitMarkdown(`${list(8).join("\n")}\n\n${table}`, 2000, 17)).toEqual([list(8).join("\n"), table]);
    // One that needs two parts anyway begins at once.
    expect(splitMarkdown(`intro\n\`\`\`\n${list(20).join("\n")}\n\`\`\``, 2000, 17)[0]).toMatch(/^intro\n```\nline 0/u);
  });

  it("lets the marks of a code block go where there would be hardly a line for code", () => {
    const parts = splitMarkdown(["```", ...list(6), "```"].join("\n"), 2000, 3);
    expect(parts.join("\n").split("\n")).toEqual(list(6));
  });

  it("keeps every part within both limits and loses no visible text", () => {
    const limits = fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.oneof(documents, soup), limits, (markdown, [limit, linesMax]) => {
        const parts = splitMarkdown(markdown, limit, linesMax);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(linesOf(part)).toBeLessThanOrEqual(linesMax);
        }
        const seen = Array.from(visibleText(markdown)).filter((unit) => unit !== "\ufffd" && !isInvisible(unit));
        expect(isSubsequence(seen.join(""), parts.join("").replace(/\s+/gu, ""))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("takes a time that grows with the text only", () => {
    for (const unit of ["a\n", "a\n\n", "- a\n", "|a|\n", "> a\n", "```\na\n```\n", "```\n\n"]) {
      const text = unit.repeat(Math.ceil(200_000 / unit.length));
      for (const part of splitMarkdown(text, 2000, 17)) expect(linesOf(part)).toBeLessThanOrEqual(17);
    }
  });
});
