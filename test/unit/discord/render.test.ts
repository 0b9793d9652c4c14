import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { CONTENT_MAX, renderDiscord, TEXT_MAX } from "../../../worker/channels/discord/render.ts";
import { splitMarkdown } from "../../../worker/channels/text/split.ts";
import { addressesIn, documents, isSubsequence, keepsText, soup, visibleText } from "../text/markdown-samples.ts";

/** Without what Discord does not show: backslashes before marks, and what keeps marks apart. */
const shownIn = (content: string) => content.replace(/[\s\u200b]+/gu, "");
const decoded = (text: string) => text.replace(/%(?:20|28|29|3C|3E|22|5C|09|0A)|[\s<>()"\\\u00a0]/gu, "");

describe("renderDiscord", { timeout: 60_000 }, () => {
  it.each([
    ["**b** *i* _i_ __b__ ~~s~~ `c`", "**b** *i* *i* **b** ~~s~~ `c`"],
    ["***both***", "***both***"],
    ["**a *b***", "**a *b***"],
    ["**a **b** c**", "**a b c**"],
    ["# One\n## Two\n### Three\n#### Four", "# One\n## Two\n### Three\n**Four**"],
    ["Title\nin two\n===", "# Title in two"],
    ["##### **x** y", "**x y**"],
    ["- # in a list", "- **in a list**"],
    ["a\nb  \nc\\\nd", "a\nb\nc\nd"],
    ["a\n\nb\n# c", "a\n\nb\n# c"],
    ["a\n\n---\n\nb", "a\n\n———\n\nb"],
    ["* a\n+ b", "- a\n- b"],
    ["- a\n  - b\n    - c\n- d", "- a\n  - b\n    - c\n- d"],
    ["3. a\n4. b\n   more", "3. a\n4. b\n  more"],
    ["- a\n\n  b\n\n- c", "- a\n\n  b\n\n- c"],
    ["- [ ] open\n- [x] done", "- ☐ open\n- ☑ done"],
    ["> a\n> b\n>\n> c\n\nd", "> a\n> b\n> \n> c\n\nd"],
    ["> a\n> > b", "> a\n> b"],
    ["- > a\n  > b\n- c", "- \n> a\n> b\n- c"],
    ["> - a\n>   - b", "> - a\n>   - b"],
    ["```js\nconst a = `*b*`;\n\n  x_y\n```", "```js\nconst a = `*b*`;\n\n  x_y\n```"],
    ["~~~\n\\*a\n~~~", "```\n\\*a\n```"],
    ["    indented", "```\nindented\n```"],
    ["- run\n  ```sh\n  ls\n  ```\n- done", "- run\n```sh\nls\n```\n- done"],
    ["> ```\n> a\n>\n> b\n> ```", "> ```\n> a\n> \n> b\n> ```"],
    ["```src/main.ts the file\nx\n```", "src/main.ts the file\n```\nx\n```"],
    ["````md\n```js\nx\n```\n````", "```md\n``\u200b`js\nx\n``\u200b`\n```"],
    ["`a``b` `` `c` ``", "`a``b` `` `c` ``"],
    ["![a cat](https://x.y/cat.png) ![](https://x.y/c.png)", "[a cat](https://x.y/cat.png) [image](https://x.y/c.png)"],
    ["<b>raw</b> & <details>", "<b>raw</b> & <details>"],
    ["note[^1]\n\n[^1]: the text", "note[1]\n\n[1] the text"],
    ["a &lt;b&gt; \\*c\\* &amp;", "a <b> \\*c\\* &"],
    ["[[link](https://x.y)", "[[link](https://x.y)"],
    ["$x_1 * y_2$ and \\(a_{ij}\\)", "$x_1 * y_2$ and \\\\(a\\_{ij}\\\\)"],
  ])("renders %j", (markdown, content) => {
    expect(renderDiscord(markdown)).toBe(content);
  });

  it.each([
    ["[docs](https://x.y/a)", "[docs](https://x.y/a)"],
    ["[docs](<https://x.y/a (b)>)", "[docs](https://x.y/a%20%28b%29)"],
    ["[**docs** `x`](https://x.y)", "[**docs** `x`](https://x.y)"],
    ["[a b][r]\n\n[r]: https://x.y/r", "[a b](https://x.y/r)"],
    ["https://x.y/a_b_(c) and <https://x.y/d>", "https://x.y/a_b_(c) and https://x.y/d"],
    ["<https://x.y/a.>", "<https://x.y/a.>"],
    ["www.x.yz/a", "http://www.x.yz/a"],
    ["[https://good.example](https://evil.example)", "https://good.example (https://evil.example)"],
    ["[www.good.example](https://evil.example)", "www.good.example (https://evil.example)"],
    ["[a \\[1\\]](https://x.y)", "a [1\\] (https://x.y)"],
    ["[mail me](mailto:a@b.cd) or a@b.cd", "mail me (a@b.cd) or a@b.cd"],
    ["[run](javascript:alert(1)) [here](./here)", "run (javascript:alert(1)) here (./here)"],
    ["[](https://x.y/e)", "https://x.y/e"],
    ["[![pic](https://x.y/p.png)](https://x.y/q)", "[pic](https://x.y/q)"],
  ])("makes of the link %j one that Discord takes", (markdown, content) => {
    expect(renderDiscord(markdown)).toBe(content);
  });

  it.each([
    ["2 * 3 * 4 = 24", "2 * 3 * 4 = 24"],
    ["a*b", "a\\*b"],
    ["snake_case_name and _edge", "snake_case_name and \\_edge"],
    ["dunder__init__x", "dunder\\_\\_init\\_\\_x"],
    ["a || b ~~ c ~ d", "a \\|\\| b \\~\\~ c ~ d"],
    ["\\`code\\`", "\\`code\\`"],
    ["C:\\dir\\\\_x \\\\", "C:\\dir\\\\\\_x \\\\"],
    ["\\[a](b) \\[c]", "[a\\](b) [c\\]"],
    ["\\# no heading", "\\# no heading"],
    ["a\n-# no subtext", "a\n\\-# no subtext"],
    ["year\n2019. was good", "year\n2019\\. was good"],
    ["\\> no quote\n\\- no list", "\\> no quote\n\\- no list"],
    ["#hashtag -5 >.<", "#hashtag -5 >.<"],
    ["<@123> <t:1:R> <:x:1> @everyone", "<@123> <t:1:R> <:x:1> @everyone"],
  ])("escapes in %j only what Discord would take for a mark", (markdown, content) => {
    expect(renderDiscord(markdown)).toBe(content);
  });

  it("shows a table as aligned code, and below it where its links lead", () => {
    const table = "| Name | Price |\n|:---|---:|\n| **Tea** | 5 |\n| [Cake](https://x.y/c) | 12 |\n| 中 | `a\\|b` |";
    expect(renderDiscord(`Menu:\n\n${table}`)).toBe(
      [
        "Menu:",
        "",
        "```",
        "Name | Price",
        "-----|------",
        "Tea  |     5",
        "Cake |    12",
        "中   |   a|b",
        "```",
        "[Cake](https://x.y/c)",
      ].join("\n"),
    );
  });

  it("leaves a table unaligned that would not fit otherwise, and measures none that never could", () => {
    const wide = ["| a | b |", "|---|---|", `| ${"x".repeat(600)} | y |`, "| 1 | 2 |", "| 3 | 4 |"].join("\n");
    expect(renderDiscord(wide)).toBe(`\`\`\`\na | b\n${"x".repeat(600)} | y\n1 | 2\n3 | 4\n\`\`\``);
    const huge = ["|a".repeat(300), "|-".repeat(300), ...Array.from({ length: 200 }, () => "|b")].join("\n");
    const measured = vi.spyOn(Intl.Segmenter.prototype, "segment");
    expect(shownIn(renderDiscord(huge))).toBe(`\`\`\`${"a|".repeat(299)}a${"b".repeat(200)}\`\`\``);
    expect(measured).not.toHaveBeenCalled();
    measured.mockRestore();
  });

  it("leaves out escapes before it leaves out formatting, and cuts only what no part of an answer is", () => {
    const marks = `**b** ${"a*".repeat(940)}`;
    expect(renderDiscord(marks)).toBe(marks);
    expect(Array.from(renderDiscord("😀".repeat(1_950)))).toHaveLength(1_950);
    expect(Array.from(renderDiscord("x".repeat(3_000)))).toHaveLength(CONTENT_MAX);
    expect(renderDiscord("> ".repeat(30) + "deep")).toBe("> ".repeat(30) + "deep");
  });

  it("renders any Markdown of a part within the limit of a message, and loses no visible text", () => {
    fc.assert(
      fc.property(fc.oneof(documents, soup), fc.constantFrom(17, null), (markdown, linesMax) => {
        for (const part of splitMarkdown(markdown, TEXT_MAX, linesMax)) {
          const content = renderDiscord(part);
          expect(Array.from(content).length).toBeLessThanOrEqual(CONTENT_MAX);
          expect(isInvisible(content)).toBe(false);
          expect(keepsText(part, shownIn(content))).toBe(true);
          for (const address of addressesIn(part)) {
            expect(isSubsequence(decoded(address), decoded(content))).toBe(true);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ">",
    "- ",
    "1. ",
    "*a ",
    "**a *b ",
    "[",
    "![](",
    "<a ",
    "`",
    "~~",
    "|",
    "> - ",
    "a\n=\n",
    "_a __b ",
    "# ",
    "\\",
  ])("survives a message full of %j", (unit) => {
    const content = renderDiscord(unit.repeat(Math.floor(TEXT_MAX / unit.length)));
    expect(Array.from(content).length).toBeLessThanOrEqual(CONTENT_MAX);
  });

  it("closes what it opens in every part of a long answer", () => {
    const section = (n: number) =>
      `## Part ${n}\n\n- **item** with \`code\`\n\n\`\`\`py\nprint(${n})\n${"x = 1\n".repeat(30)}\`\`\`\n\n`;
    const answer = Array.from({ length: 20 }, (_, n) => section(n)).join("");
    const parts = splitMarkdown(answer, TEXT_MAX, 17).map(renderDiscord);
    for (const part of parts) expect(part.match(/```/gu)?.length ?? 0).toSatisfy((count: number) => count % 2 === 0);
    expect(isSubsequence(visibleText(answer), shownIn(parts.join("")))).toBe(true);
  });
});
