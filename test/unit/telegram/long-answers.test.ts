import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { renderHtml, TEXT_MAX } from "../../../worker/channels/telegram/render.ts";
import { readSource } from "../../../worker/channels/text/source.ts";
import { renderRich } from "../../../worker/channels/telegram/rich.ts";
import { splitMarkdown } from "../../../worker/channels/text/split.ts";
import { parseHtml } from "../../emulators/telegram/entities.ts";
import { parseRichHtml } from "../../emulators/telegram/rich.ts";
import { documents, isSubsequence, keepsText, soup, visibleText } from "../text/markdown-samples.ts";

/** All kinds of blocks one after the other, as often as it takes. */
const long = (length: number) =>
  fc.array(fc.oneof(documents, soup), { minLength: 3, maxLength: 12 }).map((blocks) => {
    const once = `${blocks.join("\n\n")}\n\n`;
    return once.repeat(Math.ceil(length / once.length));
  });
/** What no mark can be made of. */
const letters = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, "");

describe("a long answer", { timeout: 120_000 }, () => {
  it("of 100 KB becomes few messages that Telegram takes, in order, and loses no visible text", () => {
    fc.assert(
      fc.property(long(100_000), (markdown) => {
        const parts = splitMarkdown(markdown, TEXT_MAX);
        // Parts are at least 30 % full, or the next one is.
        expect(parts.length).toBeLessThanOrEqual(2 * Math.ceil(markdown.length / (0.3 * TEXT_MAX)));
        const shown = parts.map((part) => {
          const source = readSource(part);
          const html = renderHtml(source);
          const { text } = parseHtml(html);
          expect(text.length).toBeLessThanOrEqual(TEXT_MAX);
          expect(isInvisible(text)).toBe(false);
          expect(keepsText(part, text)).toBe(true);
          const rich = renderRich(source)?.html ?? "";
          if (rich !== "") expect(keepsText(part, parseRichHtml(rich).text)).toBe(true);
          // A character makes at most a short tag and a reference.
          expect(html.length + rich.length).toBeLessThanOrEqual(40 * part.length + 100);
          return text;
        });
        expect(isSubsequence(letters(visibleText(markdown.toWellFormed())), letters(shown.join("")))).toBe(true);
      }),
      { numRuns: 4 },
    );
  });

  it.each(["$x", "$$", "\\(", "\\[", "`$", "$a_", "[^1]", "|a|\n|-|\n", "- [ ] ", "<https://x.y>", "$x_1$ "])(
    "full of %j is rendered within Telegram's limits",
    (unit) => {
      for (const part of splitMarkdown(unit.repeat(Math.ceil(10_000 / unit.length)), TEXT_MAX)) {
        const source = readSource(part);
        expect(parseHtml(renderHtml(source)).text.length).toBeLessThanOrEqual(TEXT_MAX);
        const rich = renderRich(source);
        if (rich) parseRichHtml(rich.html);
      }
    },
  );
});
