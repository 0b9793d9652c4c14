import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInvisible, showsNothing } from "../../../protocol/visible-text.ts";

describe("showsNothing", () => {
  it.each([
    "",
    " \n\t",
    "\u200B",
    "\u2060\u00AD",
    "\u2800",
    "\u3164",
    "&#8203;&nbsp;",
    "```\n```",
    "```\n\n\n```\n",
    "```&nbsp;\n```",
    "~~~\n~~~",
  ])("is true of %j", (text) => expect(showsNothing(text)).toBe(true));

  it.each(["```npm install\n```", "```Done", "> ~~~ all of this", "~~~~a ~~~\n~~~~"])(
    "takes what follows the mark of a code block for text, as in %j",
    (text) => expect(showsNothing(text)).toBe(false),
  );

  it.each([".", "👍", "```\nx\n```", "&amp;", "a\u200Bb", "😶‍🌫️"])("is false of %j", (text) => {
    expect(showsNothing(text)).toBe(false);
  });

  it("is never true of a text with a letter or digit outside fences", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("a", "ß", "7", "字"), fc.string(), (before, seen, after) => {
        expect(showsNothing(`${before.replaceAll(/[&`~]/g, "")}\n${seen}\n${after.replaceAll(/[&`~]/g, "")}`)).toBe(
          false,
        );
      }),
    );
  });
});

describe("isInvisible", () => {
  it("takes marks of Markdown and references for what they are", () => {
    for (const text of ["", " \u200B\n", "\u3164\u115F\uFFA0\uFE0F\u2800"]) expect(isInvisible(text)).toBe(true);
    for (const text of ["```", "~~~", "&nbsp;", "&#8203;", "\u2800."]) expect(isInvisible(text)).toBe(false);
  });
});
