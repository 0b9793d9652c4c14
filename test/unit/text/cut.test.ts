import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutBefore, cutLine, cutText } from "../../../worker/channels/text/cut.ts";

describe("cutBefore", () => {
  it("goes back to the last whole character", () => {
    expect(cutBefore("ab👩‍👩‍👧‍👦", 8)).toBe(2);
    expect(cutBefore("abc", 2)).toBe(2);
  });

  it("cuts inside a character only if it does not fit, and even then not inside a pair", () => {
    expect(cutBefore("👩‍👩‍👧‍👦", 4)).toBe(3);
    expect(cutBefore("😀", 1)).toBe(1);
  });

  it("always makes progress and stays within the limit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const at = cutBefore(text, max);
        expect(at).toBeGreaterThan(0);
        expect(at).toBeLessThanOrEqual(Math.max(max, 1));
      }),
    );
  });
});

describe("cutLine", () => {
  it("prefers the end of a sentence to the end of a word", () => {
    expect(cutLine("One two. Three four five", 18)).toBe("One two. Three".length);
    expect(cutLine("One two three. Four five", 18)).toBe("One two three.".length);
    expect(cutLine("一二三四五。六七八九十", 8)).toBe(6);
  });

  it("cuts a word that is longer than the line", () => {
    expect(cutLine("a".repeat(50), 20)).toBe(20);
  });
});

describe("cutText", () => {
  it("marks what it has cut and stays within the limit", () => {
    expect(cutText("hello", 5)).toBe("hello");
    expect(cutText("hello world", 8)).toBe("hello w…");
    expect(cutText("hi 😀 there", 5)).toBe("hi …");
  });
});
