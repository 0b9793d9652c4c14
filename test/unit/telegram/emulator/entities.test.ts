import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EntityError, parseHtml } from "../../../emulators/telegram/entities.ts";

describe("parseHtml", () => {
  it("reads text and entities in UTF-16 units", () => {
    expect(parseHtml('😀 <b>bold <i>both</i></b> <a href="https://x.y/?a&amp;b">l</a>')).toEqual({
      text: "😀 bold both l",
      entities: [
        { type: "bold", offset: 3, length: 9 },
        { type: "italic", offset: 8, length: 4 },
        { type: "text_link", offset: 13, length: 1, url: "https://x.y/?a&b" },
      ],
    });
  });

  it("makes one entity of code with a language", () => {
    expect(parseHtml('<pre><code class="language-js">x</code></pre>').entities).toEqual([
      { type: "pre", offset: 0, length: 1, language: "js" },
    ]);
  });

  it("decodes the four named and all numeric references, and no others", () => {
    expect(parseHtml("&lt;&gt;&amp;&quot;&#65;&#x1F600;&nbsp;& &x").text).toBe('<>&"A😀&nbsp;& &x');
  });

  it("trims the message and moves the entities with it", () => {
    expect(parseHtml("  <b>  a  </b>  ")).toEqual({ text: "a", entities: [{ type: "bold", offset: 0, length: 1 }] });
  });

  it.each([
    ["<b>x", "can't find end tag"],
    ["x</b>", "unexpected end tag"],
    ["<b><i>x</b></i>", 'expected "</i>", found "</b>"'],
    ["<script>x</script>", 'unsupported start tag "script"'],
    ["a < b", "unclosed start tag at byte offset 2"],
    ["é <", "unclosed start tag at byte offset 3"],
    ["<b", "unclosed start tag"],
    ["<b>x</b", "unclosed end tag"],
    ['<a href="x>y</a>', "unclosed start tag"],
    ["<code><b>x</b></code>", "not allowed"],
    ["<pre>a<code>x</code></pre>", "not allowed"],
    ["<blockquote><blockquote>x</blockquote></blockquote>", "not allowed"],
    ['<a href="x"><a href="y">z</a></a>', "not allowed"],
  ])("refuses %j", (html, problem) => {
    expect(() => parseHtml(html)).toThrow(problem);
    expect(() => parseHtml(html)).toThrow("can't parse entities: ");
  });

  it("takes any escaped text as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const html = text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;");
        expect(parseHtml(html)).toEqual({ text: text.trim(), entities: [] });
      }),
    );
  });

  it("throws nothing but its own error", () => {
    const soup = fc.array(
      fc.constantFrom("<", ">", "</", "b", "a href=", '"', "&", "#x", ";", "pre", "<b>", "</b>", " "),
    );
    fc.assert(
      fc.property(soup, (pieces) => {
        try {
          parseHtml(pieces.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(EntityError);
        }
      }),
    );
  });
});
