import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCode, newCode } from "../../../durable-objects/agent-directory/code-match.ts";
import { CODE_ALPHABET, CODE_LENGTH, codeOf } from "../../../protocol/pairing.ts";

const code = fc.uint8Array({ minLength: CODE_LENGTH, maxLength: CODE_LENGTH }).map(codeOf);

describe("findCode", () => {
  it("finds each code among the others, and nothing else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(code, { maxLength: 30 }), code, (codes, guess) => {
        for (const [index, one] of codes.entries()) expect(findCode(one, codes)).toBe(index);
        expect(findCode(guess, codes)).toBe(codes.includes(guess) ? codes.indexOf(guess) : null);
      }),
    );
  });

  it("takes no part of a code, nothing longer and nothing at all for it", () => {
    expect(["", "ABCDEFG", "ABCDEFGHJ", "BCDEFGHJ"].map((guess) => findCode(guess, ["ABCDEFGH"]))).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(findCode("ABCDEFGH", [])).toBeNull();
    expect(findCode("", [])).toBeNull();
  });
});

describe("newCode", () => {
  it("makes another one when a code is taken", () => {
    const draws = [new Uint8Array(CODE_LENGTH), new Uint8Array(CODE_LENGTH), new Uint8Array(CODE_LENGTH).fill(1)];
    const made = newCode(new Set(["AAAAAAAA"]), () => draws.shift() ?? expect.fail("nothing left to draw"));
    expect(made).toBe("BBBBBBBB");
    expect(draws).toEqual([]);
  });

  it("has every symbol in every place as often as any other", () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte += 1) {
      const made = codeOf(new Uint8Array(CODE_LENGTH).fill(byte));
      counts.set(made, (counts.get(made) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array.from(CODE_ALPHABET, () => 8));
  });
});
