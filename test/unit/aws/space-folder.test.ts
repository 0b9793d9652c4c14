import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSpaceId, spaceFolder } from "../../../protocol/space.ts";

function folder(text: string): string {
  if (!isSpaceId(text)) throw new Error("not a space");
  return spaceFolder(text);
}

describe("spaceFolder", () => {
  it("keeps what is safe and escapes the rest", () => {
    expect(folder("owner")).toBe("owner");
    expect(folder("person:telegram-42")).toBe("person_3atelegram-42");
    expect(folder("group:slack:C1_x é")).toBe("group_3aslack_3a_431_5fx_20_c3_a9");
  });

  it("gives different spaces different folders, also on a disk that ignores case, and never a path", () => {
    const space = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).map((id) => `person:${id}`);
    fc.assert(
      fc.property(space.filter(isSpaceId), space.filter(isSpaceId), (left, right) => {
        expect(folder(left)).toMatch(/^person_3a[a-z0-9._-]+$/);
        expect(folder(left) === folder(right)).toBe(left === right);
      }),
    );
  });
});
