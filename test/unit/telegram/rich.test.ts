import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TEXT_MAX } from "../../../worker/channels/telegram/render.ts";
import { readSource } from "../../../worker/channels/text/source.ts";
import { renderRich } from "../../../worker/channels/telegram/rich.ts";
import { tablesFit } from "../../../worker/channels/telegram/rich-limits.ts";
import { splitMarkdown } from "../../../worker/channels/text/split.ts";
import { parseRichHtml } from "../../emulators/telegram/rich.ts";
import { documents, keepsText, soup } from "../text/markdown-samples.ts";

const rich = (markdown: string) => renderRich(readSource(markdown));
const html = (markdown: string) => rich(markdown)?.html ?? null;
const cell = (tag: string, align: string, text: string) => `<${tag} align="${align}">${text}</${tag}>`;

describe("renderRich", { timeout: 60_000 }, () => {
  it.each([
    [
      "| a | b |\n|---|--:|\n| **x** | [l](https://x.y) |",
      `<table bordered><tr>${cell("th", "left", "a")}${cell("th", "right", "b")}</tr>` +
        `<tr>${cell("td", "left", "<b>x</b>")}${cell("td", "right", '<a href="https://x.y">l</a>')}</tr></table>`,
    ],
    ["- a\n  - b\n- c", "<ul><li><p>a</p><ul><li>b</li></ul></li><li>c</li></ul>"],
    ["3. a\n   - b", '<ol start="3"><li><p>a</p><ul><li>b</li></ul></li></ol>'],
    ["- [x] a\n- [ ] b", '<ul><li><input type="checkbox" checked>a</li><li><input type="checkbox">b</li></ul>'],
    ["# A\n\ntext\n\n## B\n\nmore", "<h1>A</h1><p>text</p><h2>B</h2><p>more</p>"],
    [
      "note[^n].\n\n[^n]: Below, *really*.",
      '<p>note<sup><a href="#note-1">[n]</a></sup>.</p>' +
        '<p>[n] <tg-reference name="note-1">Below, <i>really</i>.</tg-reference></p>',
    ],
    ["```math\n\\frac{a}{b}\n```", "<tg-math-block>\\frac{a}{b}</tg-math-block>"],
    [
      "```math of <it>\nx\n```\n```math\n```\n```{.r}\ny\n```",
      "<p>of &lt;it&gt;</p><tg-math-block>x</tg-math-block><pre>math</pre><p>{.r}</p><pre>y</pre>",
    ],
    ["$$\nx_1 * x_2 *\n$$", "<tg-math-block>x_1 * x_2 *</tg-math-block>"],
    [
      "so $a*b*c_1$ is\n\\[ a \\\\ b \\]\nor \\(\\{x\\}\\)",
      "<p>so <tg-math>a*b*c_1</tg-math> is</p><tg-math-block>a \\\\ b</tg-math-block><p>or <tg-math>\\{x\\}</tg-math></p>",
    ],
    ["\\(n\\) or $n$ or $2n-1$", "<p><tg-math>n</tg-math> or <tg-math>n</tg-math> or <tg-math>2n-1</tg-math></p>"],
    ["$a < b$, $p &q_1$", "<p><tg-math>a \\lt  b</tg-math>, <tg-math>p & q_1</tg-math></p>"],
    [
      "- [ ] a\n\n> q\n> - b\n\n---\n\n```js\n1 < 2\n```\n\n![cat](https://x.y/c.png) <b>\nend",
      '<ul><li><input type="checkbox">a</li></ul><blockquote><p>q</p><ul><li>b</li></ul></blockquote><hr/>' +
        '<pre><code class="language-js">1 &lt; 2</code></pre>' +
        '<p><a href="https://x.y/c.png">cat</a> &lt;b&gt;<br>end</p>',
    ],
    [
      "[a](mailto:a@b.cd), [b](mailto:b), [c](javascript:x)\n\n- [ ] d",
      '<p><a href="mailto:a@b.cd">a</a>, b, c (javascript:x)</p><ul><li><input type="checkbox">d</li></ul>',
    ],
    [
      "[Alice]: Hi\n[Bob]: $x_1$\n\n| [l][r] |\n|--|\n\n[r]: https://x.y\n\nSee [](https://x.y/e)",
      "<p>[Alice]: Hi</p><p>[Bob]: <tg-math>x_1</tg-math></p>" +
        `<table bordered><tr>${cell("th", "left", '<a href="https://x.y">l</a>')}</tr></table>` +
        '<p>See <a href="https://x.y/e">https://x.y/e</a></p>',
    ],
  ])("renders %j", (markdown, expected) => {
    expect(html(markdown)).toBe(expected);
    expect(() => parseRichHtml(expected)).not.toThrow();
  });

  it.each([
    "**b** *i* `c` [l](https://x.y)\n\n# Title\n\ntext\n\n# Another",
    "- a\n- b\n\n1. c\n2. d",
    "> quote\n\n```js\ncode\n```",
    "It was $5, then $10 and 20$. `$a_b$` and \\$x_1\\$; ${VAR_1}",
    "```sh\necho $a_b$ $$c$$\n```",
    "costs US$5_000$, that is $$ and more $$",
    "see \\[1\\], \\[x\\] and \\[not a link\\] \\(or not\\)",
    "no formula: $x_1&copy;$, $$a_1\n\nb_1$$",
    "a backslash \\\\(x_1\\\\)",
    "",
  ])("leaves to plain HTML what that shows as well: %j", (markdown) => {
    expect(html(markdown)).toBeNull();
  });

  it("says which way the text runs", () => {
    expect(rich("- [ ] 1. שלום abc")?.is_rtl).toBe(true);
    expect(rich("- [ ] مرحبا")?.is_rtl).toBe(true);
    expect(rich("- [ ] abc שלום")).not.toHaveProperty("is_rtl");
  });

  it("has no rich message for what is beyond its limits or would be refused", () => {
    const row = (count: number) => `|${"x|".repeat(count)}\n`;
    const table = (columns: number) => `${row(columns)}|${"-|".repeat(columns)}\n${row(columns)}`;
    expect(html(table(20))).toContain("<table");
    expect(html(table(21))).toBeNull();
    expect(tablesFit(readSource(`- x\n\n  ${row(21)}  |${"-|".repeat(21)}`).nodes)).toBe(false);
    expect(tablesFit(readSource(`|a|\n|-|\n${"b\n".repeat(499)}`).nodes)).toBe(false);
    expect(tablesFit(readSource(`|a|\n|-|\n${"b\n".repeat(498)}`).nodes)).toBe(true);
    const nested = (depth: number) => Array.from({ length: depth }, (_, n) => `${"  ".repeat(n)}- x`).join("\n");
    expect(html(nested(5))).toContain("<ul>");
    expect(html(nested(12))).toBeNull();
    expect(html("- [ ] x\n".repeat(400))).toContain("<ul>");
    expect(html("- [ ] x\n".repeat(500))).toBeNull();
    expect(html("- [x] a\n- [ ] &nbsp;")).toBeNull();
    expect(html("| &nbsp; |\n|--|")).toBeNull();
    expect(html("# &#8203;\n\n## b\n\n### &nbsp;\n\nc")).toBe("<h2>b</h2><p>c</p>");
  });

  it("links a footnote only to one that is there, and to one of a name, and in no link", () => {
    expect(html("[a[^1]](https://x.y)\n\n[^1]: one")).toMatch(/^<p><a href="https:\/\/x.y">a\[1\]<\/a><\/p>/u);
    expect(html("a[^1] [^2]\n\n[^1]: one\n\n[^1]: two")).toBe(
      '<p>a<sup><a href="#note-1">[1]</a></sup> [^2]</p><p>[1] <tg-reference name="note-1">one</tg-reference></p>' +
        "<p>[1] two</p>",
    );
    expect(html('a[^"><b>]\n\n[^"><b>]:\n    ```\n    code\n    ```')).toBe(
      '<p>a<sup><a href="#note-1">["&gt;&lt;b&gt;]</a></sup></p>' +
        '<p><tg-reference name="note-1">["&gt;&lt;b&gt;]</tg-reference></p><pre>code</pre>',
    );
  });

  it("renders any Markdown, if at all, to a rich message that Telegram takes, and loses no visible text", () => {
    let count = 0;
    fc.assert(
      // The task is what makes a rich message of anything.
      fc.property(fc.oneof(documents, soup), fc.constantFrom("", "- [ ] task\n\n"), (markdown, task) => {
        for (const part of splitMarkdown(task + markdown, TEXT_MAX)) {
          const shown = html(part);
          if (shown === null) continue;
          count += 1;
          expect(keepsText(part, parseRichHtml(shown).text)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
    expect(count).toBeGreaterThan(30);
  });
});
