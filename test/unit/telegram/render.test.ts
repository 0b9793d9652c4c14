import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { CAPTION_MAX, renderTelegramHtml, TEXT_MAX } from "../../../worker/channels/telegram/render.ts";
import { splitMarkdown } from "../../../worker/channels/text/split.ts";
import { parseHtml } from "../../emulators/telegram/entities.ts";
import { addressesIn, documents, isSubsequence, keepsText, soup, visibleText } from "../text/markdown-samples.ts";

/** What a reader of the rendered text sees, without white space and the borders of tables. */
const shownText = (html: string) => parseHtml(html).text.replace(/\s+/gu, "");

/** An address or HTML with references and spaces written in one way. */
const shownIn = (text: string) => text.replace(/&(?:amp|lt|gt|quot);|%20|\s|[&<>"\\]/gu, "");

describe("renderTelegramHtml", { timeout: 60_000 }, () => {
  it.each([
    ["**b** *i* ~~s~~ `c`", "<b>b</b> <i>i</i> <s>s</s> <code>c</code>"],
    ["***both***", "<i><b>both</b></i>"],
    ["# Title\ntext", "<b>Title</b>\ntext"],
    ["# **Title**", "<b>Title</b>"],
    ['a < b & c > d "e"', 'a &lt; b &amp; c &gt; d "e"'],
    ["```js\na < b\n```", '<pre><code class="language-js">a &lt; b</code></pre>'],
    ["```\nplain", "<pre>plain</pre>"],
    ['```"><script>\nx\n```', '"&gt;&lt;script&gt;\n<pre>x</pre>'],
    ["Run:\n\n```npm install\n```\n\nDone.", "Run:\n\n<pre>npm install</pre>\n\nDone."],
    ["```python main.py\nx\n```", 'main.py\n<pre><code class="language-python">x</code></pre>'],
    ["~~~ all of this is shown", "<pre>all of this is shown</pre>"],
    ["~~~~w1 w2 ~~~\nw3", 'w2 ~~~\n<pre><code class="language-w1">w3</code></pre>'],
    ["- ```ts\n  ```", "• <pre>ts</pre>"],
    ["[l](https://x.y/?a=1&b=%22)", '<a href="https://x.y/?a=1&amp;b=%22">l</a>'],
    ['[l](<https://x.y/"a>)', '<a href="https://x.y/&quot;a">l</a>'],
    ["[l](mailto:a@b.cd)", "l (a@b.cd)"],
    ["<a@b.cd>", "a@b.cd"],
    ["[l](<https://x.y/a b>)", '<a href="https://x.y/a%20b">l</a>'],
    ["$a_b*c_d*$ and \\(\\{x\\}\\)", "$a_b*c_d*$ and \\(\\{x\\}\\)"],
    ["[$a_b$](https://x.y/,$a_b$)", '<a href="https://x.y/,$a_b$">$a_b$</a>'],
    ["a ` b\n\n` $x_1$ `", "a ` b\n\n<code>$x_1$</code>"],
    ["$x_1&copy;$ $$a_1\n\nb_1$$", "$x_1©$ $$a_1\n\nb_1$$"],
    ["| $a_1$ | $|x_2$ |\n|--|--|--|", "<pre>$a_1$ | $ | x_2$\n------|---|-----</pre>"],
    ["[l](javascript:alert(1))", "l (javascript:alert(1))"],
    ["[l](./file.md)", "l (./file.md)"],
    ["[r][1]\n\n[1]: https://x.y", '<a href="https://x.y">r</a>'],
    ["![cat](https://x.y/c.png)", '<a href="https://x.y/c.png">cat</a>'],
    ["[![cat](https://x.y/c.png)](https://x.y)", '<a href="https://x.y">cat</a>'],
    ["[`code`](https://x.y)", '<a href="https://x.y">code</a>'],
    ["https://x.y", '<a href="https://x.y">https://x.y</a>'],
    ["<b>raw</b> <script>", "&lt;b&gt;raw&lt;/b&gt; &lt;script&gt;"],
    ["> q\n> > inner", "<blockquote>q\ninner</blockquote>"],
    ["> ```\n> c\n> ```", "<blockquote><pre>c</pre></blockquote>"],
    ["- a\n  - b\n    1. c\n- d", "• a\n  • b\n    1. c\n• d"],
    ["3. c\n4. d", "3. c\n4. d"],
    ["- a\n\n- b", "• a\n\n• b"],
    ["- [x] done\n- [ ] open", "☑ done\n☐ open"],
    ["a\n\n---\n\nb", "a\n\n———\n\nb"],
    ["a  \nb\nc", "a\nb\nc"],
    ["note[^1]\n\n[^1]: below", "note[1]\n\n[1] below"],
    ["| a | bb |\n|--|--:|\n| ccc | 1 |", "<pre>a   | bb\n----|---\nccc |  1</pre>"],
    ["| a |\n|--|\n| [l](https://x.y) |", '<pre>a\n-\nl</pre>\n<a href="https://x.y">l</a>'],
    ["The chat was:\n\n[Alice]: Hi\n[Bob]: Hello", "The chat was:\n\n[Alice]: Hi\n[Bob]: Hello"],
    ["[r]\n\n[r]: https://x.y\n[r]: https://z.y", '<a href="https://x.y">r</a>\n\n[r]: https://z.y'],
    ["> [$a_b$]: <Hi there> (x)\n\ny", "<blockquote>[$a_b$]: &lt;Hi there&gt; (x)</blockquote>\n\ny"],
    ["See [](https://x.y) or [ ](mailto:a@b.cd)", 'See <a href="https://x.y">https://x.y</a> or a@b.cd'],
    [
      "| a |\n|--|\n| [l][r] ![i](https://x.y/i) |\n| [m](mailto:a@b.cd) c@d.ef [](https://x.y/e) |\n\n[r]: https://x.y/r",
      "<pre>a\n--------\nl i\nm c@d.ef</pre>\n" +
        '<a href="https://x.y/r">l</a> · <a href="https://x.y/i">i</a> · m (a@b.cd) · ' +
        '<a href="https://x.y/e">https://x.y/e</a>',
    ],
    ["| 中文 | b |\n|--|--|\n| x | 😀 |", "<pre>中文 | b\n-----|---\nx    | 😀</pre>"],
  ])("renders %j", (markdown, html) => {
    expect(renderTelegramHtml(markdown)).toBe(html);
    expect(() => parseHtml(html)).not.toThrow();
  });

  it("shows the source when nothing of it would be visible", () => {
    expect(renderTelegramHtml("[1]: https://x.y")).toBe("[1]: https://x.y");
    expect(renderTelegramHtml("[ ]()")).toBe("[ ]()");
    expect(renderTelegramHtml("**&#8203;**")).toBe("**&amp;#8203;**");
    expect(renderTelegramHtml("`&nbsp;`")).toBe("<code>&amp;nbsp;</code>");
  });

  it("replaces lone surrogates, which Telegram refuses", () => {
    expect(renderTelegramHtml("a\ud83db").isWellFormed()).toBe(true);
  });

  it("decorates less when decoration would not fit", () => {
    const row = (text: string) => `|${text}|b|\n`;
    const wide = row("a") + "|-|-|\n" + row("x".repeat(900)) + row("y").repeat(20);
    expect(wide.length).toBeLessThan(TEXT_MAX);
    expect(parseHtml(renderTelegramHtml(wide)).text.length).toBeLessThanOrEqual(TEXT_MAX);
    expect(renderTelegramHtml(wide)).not.toContain("<pre>");
    const deep = "- ".repeat(18).concat("x\n").repeat(50);
    expect(parseHtml(renderTelegramHtml(deep)).text.length).toBeLessThanOrEqual(TEXT_MAX);
  });

  it("measures no table whose short rows make more cells than a message has room for", () => {
    const measured = vi.spyOn(Intl.Segmenter.prototype, "segment");
    const link = "|[l](https://x.y)";
    const table = ["|a".repeat(650), "|-".repeat(650), link, ..."b".repeat(700).split("")].join("\n");
    expect(table.length).toBeLessThan(TEXT_MAX);
    const shown = renderTelegramHtml(table);
    expect(measured).not.toHaveBeenCalled();
    measured.mockRestore();
    expect(parseHtml(shown).text.length).toBeLessThanOrEqual(table.length);
    expect(shown).toContain('<a href="https://x.y">l</a>');
  });

  it("shows where a link leads whose definition is in another part", () => {
    const words = "more text here. ".repeat(300);
    for (const answer of [
      `[docs][1]\n\n${words}\n\n[1]: https://x.y/path`,
      `[1]: https://x.y/path\n\n${words} [docs][1]`,
    ]) {
      const parts = splitMarkdown(answer, TEXT_MAX);
      expect(parts.length).toBeGreaterThan(1);
      expect(parts.map((part) => shownText(renderTelegramHtml(part))).join("")).toContain("https://x.y/path");
    }
  });

  it.each([">", "- ", "1. ", "*a ", "**a *b ", "[", "![](", "<a ", "`", "~~", "|", "> - ", "a\n=\n", "_a __b "])(
    "survives a message full of %j",
    (unit) => {
      const markdown = unit.repeat(Math.floor(TEXT_MAX / unit.length));
      expect(parseHtml(renderTelegramHtml(markdown)).text.length).toBeLessThanOrEqual(TEXT_MAX);
    },
  );

  it("renders any Markdown to HTML that Telegram parses, within its limit, and loses no visible text", () => {
    fc.assert(
      fc.property(fc.oneof(documents, soup), fc.constantFrom(TEXT_MAX, CAPTION_MAX), (markdown, max) => {
        for (const part of splitMarkdown(markdown, max)) {
          const html = renderTelegramHtml(part, max);
          const { text } = parseHtml(html);
          for (const address of addressesIn(part)) expect(isSubsequence(shownIn(address), shownIn(html))).toBe(true);
          expect(text.length).toBeLessThanOrEqual(max);
          expect(isInvisible(text)).toBe(false);
          expect(keepsText(part, text)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("renders all parts of a 12,000-character answer with code", () => {
    const answer = Array.from(
      { length: 33 },
      (_, n) =>
        `### ${n}\n\n- **item** with \`code\` & <tag>\n\n\`\`\`py\nprint(${n} < 3)\n${"x = 1\n".repeat(50)}\`\`\`\n\n`,
    ).join("");
    expect(answer.length).toBeGreaterThan(12_000);
    const parts = splitMarkdown(answer, TEXT_MAX);
    const shown = parts.map((part) => shownText(renderTelegramHtml(part))).join("");
    expect(isSubsequence(visibleText(answer), shown)).toBe(true);
  });
});
