import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CODE_LENGTH, codeOf, readCode } from "../../../protocol/pairing.ts";

describe("readCode", () => {
  it("takes a code however it is written down", () => {
    for (const typed of ["ABCD2345", "abcd2345", "ABCD-2345", " ab cd-23 45 ", "A-B-C-D-2-3-4-5"]) {
      expect(readCode(typed)).toBe("ABCD2345");
    }
  });

  it.each(["", "ABCD234", "ABCD23456", "ABCD234O", "ABCD2340", "ABCD234I", "ABCD2341", "ÄBCD2345", "ABCD\u00002345"])(
    "takes %j for no code",
    (typed) => expect(readCode(typed)).toBeNull(),
  );

  it("reads back every code that is made", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: CODE_LENGTH, maxLength: CODE_LENGTH }), (bytes) => {
        expect(readCode(codeOf(bytes).toLowerCase())).toBe(codeOf(bytes));
      }),
    );
  });

  it("makes no code of too few random bytes", () => {
    expect(() => codeOf(new Uint8Array(CODE_LENGTH - 1))).toThrow("random bytes");
  });
});
