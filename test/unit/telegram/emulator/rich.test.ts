import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../../../emulators/telegram/index.ts";
import { parseRichHtml } from "../../../emulators/telegram/rich.ts";
import { RichError } from "../../../emulators/telegram/rich-tree.ts";
import { type Bot, botOf, refused, TOKEN } from "./bot.ts";

const blocksOf = (html: string) => parseRichHtml(html).blocks;
const nested = (levels: number) => `${"<blockquote>".repeat(levels)}x${"</blockquote>".repeat(levels)}`;
const rows = (count: number) => `<table>${"<tr><td>x</td></tr>".repeat(count)}</table>`;

describe("parseRichHtml", () => {
  it("reads headings, paragraphs and what stands between them", () => {
    expect(blocksOf("<h2>A <b>b</b></h2>\n c\n <i>d</i> <p>e<br>f</p><hr/><footer>g</footer>")).toEqual([
      { type: "heading", size: 2, text: ["A ", { type: "bold", text: "b" }] },
      { type: "paragraph", text: ["c ", { type: "italic", text: "d" }] },
      { type: "paragraph", text: "e\nf" },
      { type: "divider" },
      { type: "footer", text: "g" },
    ]);
  });

  it("takes line ends and runs of white space for one space, but not in code", () => {
    expect(blocksOf("<p> a\n\n b <b> c </b> d </p><pre> a\n\tb </pre>")).toEqual([
      { type: "paragraph", text: ["a b ", { type: "bold", text: "c " }, "d"] },
      { type: "pre", text: " a\n\tb " },
    ]);
  });

  it("reads code with its language, formulas as they are, and quotations", () => {
    const html =
      '<pre><code class="language-js">1 &lt; 2</code></pre><p><tg-math>a < b &amp; c</tg-math></p>' +
      "<tg-math-block>E</tg-math-block><blockquote>q<cite>who</cite></blockquote><aside>p<cite>w</cite></aside>";
    expect(blocksOf(html)).toEqual([
      { type: "pre", text: "1 < 2", language: "js" },
      { type: "paragraph", text: { type: "mathematical_expression", expression: "a < b &amp; c" } },
      { type: "mathematical_expression", expression: "E" },
      { type: "blockquote", blocks: [{ type: "paragraph", text: "q" }], credit: "who" },
      { type: "pullquote", text: "p", credit: "w" },
    ]);
  });

  it("reads lists with numbers, boxes and lists in them", () => {
    const text = (words: string) => [{ type: "paragraph", text: words }];
    expect(
      blocksOf(
        '<ol start="3">\n<li>a<ul><li>b</li></ul></li>\n<li value="7">c</li><li>d</li></ol>' +
          '<ul><li><input type="checkbox" checked> e</li><li><input type="checkbox">f</li></ul>',
      ),
    ).toEqual([
      {
        type: "list",
        items: [
          {
            label: "3.",
            value: 3,
            blocks: [...text("a"), { type: "list", items: [{ label: "•", blocks: text("b") }] }],
          },
          { label: "7.", value: 7, blocks: text("c") },
          { label: "8.", value: 8, blocks: text("d") },
        ],
      },
      {
        type: "list",
        items: [
          { label: "•", blocks: text("e"), has_checkbox: true, is_checked: true },
          { label: "•", blocks: text("f"), has_checkbox: true },
        ],
      },
    ]);
  });

  it("reads tables and details", () => {
    const cell = { align: "left", valign: "middle" };
    expect(
      blocksOf(
        "<table bordered striped><caption>c</caption><tr><th>a</th><td colspan='2' align=right>b</td></tr>" +
          "<tr><td></td></tr></table><details open><summary>s</summary><p>d</p></details>",
      ),
    ).toEqual([
      {
        type: "table",
        is_bordered: true,
        is_striped: true,
        caption: "c",
        cells: [
          [
            { text: "a", is_header: true, ...cell, align: "center" },
            { text: "b", colspan: 2, ...cell, align: "right" },
          ],
          [cell],
        ],
      },
      { type: "details", summary: "s", blocks: [{ type: "paragraph", text: "d" }], is_open: true },
    ]);
  });

  it("knows what a link leads to", () => {
    const links = ["https://x.y/?a&amp;b", "mailto:a@b.cd", "tel:+1", "tg://user?id=7", "#n"];
    const html = links.map((href) => `<a href="${href}">l</a>`).join("");
    expect(blocksOf(`${html}<a name="n"></a>`)).toEqual([
      {
        type: "paragraph",
        text: [
          { type: "url", text: "l", url: "https://x.y/?a&b" },
          { type: "email_address", text: "l", email_address: "a@b.cd" },
          { type: "phone_number", text: "l", phone_number: "+1" },
          { type: "text_mention", text: "l", user: { id: 7, is_bot: false, first_name: "Person 7" } },
          { type: "anchor_link", text: "l", anchor_name: "n" },
          { type: "anchor", name: "n" },
        ],
      },
    ]);
    expect(blocksOf('<p>a</p> <a name="n"></a> <p>b</p>')[1]).toEqual({ type: "anchor", name: "n" });
  });

  it("decodes the references that Telegram knows, and no others", () => {
    expect(parseRichHtml("&lt;&gt;&amp;&quot;&apos;&hellip;&mdash;&#65;&#x1F600;&copy;& &x").text).toBe(
      "<>&\"'…—A😀&copy;& &x",
    );
  });

  it("tells the words without the structure", () => {
    const html =
      "<h1>T</h1><ul><li>a</li><li>b<p>c</p></li></ul><hr/><table><tr><td>d</td><td><b>e</b></td></tr></table>" +
      "<details><summary>s</summary>f</details>";
    expect(parseRichHtml(html).text).toBe("T\n• a\n• b\nc\nd | e\ns\nf");
  });

  it.each([
    ["<p>x", "can't find end tag"],
    ["x</p>", "unexpected end tag"],
    ["<p><b>x</p></b>", 'expected "</b>", found "</p>"'],
    ["<div>x</div>", 'unsupported tag "div"'],
    ["<thead>x</thead>", 'unsupported tag "thead"'],
    ['<p style="x">y</p>', 'unsupported attribute "style"'],
    ["a < b", "unclosed tag at byte offset 2"],
    ["<p>a<p>b</p></p>", "can't be inside of a text"],
    ["<b><h1>x</h1></b>", "can't be inside of a text"],
    ["<li>x</li>", "in the wrong place"],
    ["<ul>x</ul>", "holds nothing but li"],
    ["<table><tr>x</tr></table>", "holds nothing but td and th"],
    ["<details>x</details>", "details begin with a summary"],
    ['<p><code class="language-js">x</code></p>', "only code inside of pre has a language"],
    ["<pre><b>x</b></pre>", "can't be inside of"],
    ['<p><a href="javascript:x">y</a></p>', "RICH_MESSAGE_URL_INVALID"],
    ['<p><a href="mailto:b">y</a></p>', "RICH_MESSAGE_EMAIL_INVALID"],
    ["<p><a>y</a></p>", "no attribute"],
    ['<p><a name="x">y</a></p>', "an anchor has no text"],
    ["<table><tr><td align='up'>y</td></tr></table>", "RICH_MESSAGE_TABLE_INVALID"],
    ['<img src="https://x.y/z.png"/>', "RICH_MESSAGE_PHOTO_NO_MEDIA_FOUND"],
    ["<tg-thinking>x</tg-thinking>", "RICH_MESSAGE_THINKING_NOT_ALLOWED"],
    ["<ul><li></li></ul>", "RICH_MESSAGE_CONTENT_REQUIRED"],
    ["<h1> <b> </b> </h1>", "RICH_MESSAGE_CONTENT_REQUIRED"],
    [" \n ", "RICH_MESSAGE_EMPTY"],
    ["<hr/>", "RICH_MESSAGE_EMPTY"],
    ["<p>\ud800</p>", "UTF-8"],
  ])("refuses %j", (html, problem) => {
    expect(() => parseRichHtml(html)).toThrow(RichError);
    expect(() => parseRichHtml(html)).toThrow(problem);
  });

  it.each([
    ["32,768 characters", (extra: number) => `<p><b>${"😀".repeat(32_768 + extra)}</b></p>`, "TEXT_TOO_LONG"],
    ["500 blocks", (extra: number) => "<p>x</p>".repeat(500 + extra), "BLOCKS_TOO_MANY"],
    ["500 rows with their table", (extra: number) => rows(499 + extra), "BLOCKS_TOO_MANY"],
    [
      "500 items with what is in them",
      (extra: number) => `${"<ul><li>x</li></ul>".repeat(166)}${"<p>x</p>".repeat(2 + extra)}`,
      "BLOCKS_TOO_MANY",
    ],
    ["16 levels", (extra: number) => nested(16 + extra), "DEPTH_TOO_BIG"],
    [
      "20 columns",
      (extra: number) => `<table><tr>${"<td>x</td>".repeat(18 + extra)}<td colspan="2">x</td></tr></table>`,
      "COLS_TOO_MANY",
    ],
  ])("takes %s and no more", (_what, html, problem) => {
    expect(() => parseRichHtml(html(0))).not.toThrow();
    expect(() => parseRichHtml(html(1))).toThrow(
      `RICH_MESSAGE_${problem === "COLS_TOO_MANY" ? "TABLE_" : ""}${problem}`,
    );
  });

  it("takes any escaped text as it is, but for white space", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(text.trim() !== "");
        const html = text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;");
        const squeezed = (words: string) => words.replace(/\s+/gu, "");
        expect(squeezed(parseRichHtml(html).text)).toBe(squeezed(text));
      }),
    );
  });

  it("throws nothing but its own error", () => {
    const tags = "<p> </p> <b> </b> <ul> <li> </li> </ul> <table> <tr> <td> </td> </tr> </table> < &# </ <hr/> <br> x";
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tags.split(" "), " ")), (pieces) => {
        try {
          parseRichHtml(pieces.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(RichError);
        }
      }),
    );
  });
});

describe("rich messages of the emulated Bot API", () => {
  let emulator: TelegramEmulator;
  let bot: Bot;
  const start = async (knowsRichMessages: boolean) => {
    emulator = await startTelegramEmulator({ token: TOKEN, knowsRichMessages });
    bot = botOf(emulator);
  };
  beforeEach(() => start(true));
  afterEach(() => emulator.close());

  const send = (rich: unknown, more: object = {}) =>
    bot.call("sendRichMessage", { chat_id: 42, rich_message: rich, ...more });
  const draft = (rich: unknown, more: object = {}) =>
    bot.call("sendRichMessageDraft", { chat_id: 42, draft_id: 5, rich_message: rich, ...more });

  it("shows blocks and no text", async () => {
    expect((await send({ html: "<h1>T</h1>x", is_rtl: true })).body).toMatchObject({
      ok: true,
      result: { rich_message: { blocks: [{ type: "heading" }, { type: "paragraph" }], is_rtl: true } },
    });
    const [shown] = emulator.answers(42);
    expect([shown?.text, shown?.plainText]).toEqual([undefined, "T\nx"]);
  });

  it.each([
    [{}, /rich message must be non-empty/u],
    [{ html: "" }, /rich message must be non-empty/u],
    [{ html: "<p>x</p>", markdown: "x" }, /exactly one of html and markdown/u],
    [{ html: "<p>x" }, /can't parse rich message/u],
    [{ html: "<p>x</p>", blocks: [] }, /rich_message: not InputRichMessage/u],
    [undefined, /rich_message: missing/u],
  ])("refuses %j", async (rich, problem) => {
    expect(await send(rich)).toEqual(refused(400, problem));
    expect(await draft(rich)).toEqual(refused(400, problem));
    expect(emulator.answers(42)).toEqual([]);
  });

  it("shows drafts in private chats, which may say that they are thinking", async () => {
    expect((await draft({ html: "<tg-thinking>Hm</tg-thinking>" })).status).toBe(200);
    expect(emulator.drafts(42)).toMatchObject([{ draftId: 5, text: "Hm", rich: { blocks: [{ type: "thinking" }] } }]);
    expect(await send({ html: "<tg-thinking>Hm</tg-thinking>" })).toEqual(refused(400, /THINKING/u));
    expect((await draft({ html: "x" }, { chat_id: -5 })).status).toBe(400);
    expect((await draft({ html: "x" }, { draft_id: 0 })).status).toBe(400);
    await send({ html: "x" });
    expect(emulator.drafts(42)).toEqual([]);
  });

  it("does not know them as a server from before Bot API 10.1", async () => {
    await emulator.close();
    await start(false);
    const unknown = refused(404, /^Not Found: method not found$/u);
    expect([await send({ html: "x" }), await draft({ html: "x" })]).toEqual([unknown, unknown]);
    await bot.call("sendMessage", { chat_id: 42, text: "x" });
    const edit = { chat_id: 42, message_id: emulator.answers(42)[0]?.message_id, rich_message: { html: "y" } };
    expect(await bot.call("editMessageText", edit)).toEqual(refused(400, /message text is empty/u));
  });
});
