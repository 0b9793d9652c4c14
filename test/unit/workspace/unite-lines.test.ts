import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { uniteLines } from "../../../agent-container/src/workspace/unite-lines.ts";

const lines = fc.array(fc.constantFrom("", "a", "b", "c", "d", "- x"), { maxLength: 8 });
const text = lines.map((some) => some.map((line) => `${line}\n`).join(""));

function counts(note: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of note.split("\n").slice(0, -1)) found.set(line, (found.get(line) ?? 0) + 1);
  return found;
}

describe("uniteLines", () => {
  it("keeps both additions to a log in order, theirs first", () => {
    expect(uniteLines("a\n", "a\nmine\n", "a\ntheirs\n")).toBe("a\ntheirs\nmine\n");
  });

  it("makes changes in different places where they were made", () => {
    expect(uniteLines("1\n2\n3\n4\n5\n", "one\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive\n6\n")).toBe("one\n2\n3\n4\nfive\n6\n");
    expect(uniteLines("1\n2\n3\n4\n", "1\n2\n3\nmine\n", "theirs\n1\n2\n3\n4\n")).toBe("theirs\n1\n2\n3\nmine\n");
  });

  it("keeps both rewordings of a line and not the old one", () => {
    expect(uniteLines("x\nold\ny\n", "x\nmine\ny\n", "x\ntheirs\ny\n")).toBe("x\ntheirs\nmine\ny\n");
  });

  it("adds a line once that both added, and does not glue lines together without a last line end", () => {
    expect(uniteLines("", "same\nmine", "same\ntheirs")).toBe("same\ntheirs\nmine\n");
  });

  it("takes away once what both took away", () => {
    expect(uniteLines("p\nx\nq\nx\nr\n", "a\nx\nb\n", "c\nx\nd\n")).toBe("c\nx\nd\na\nb\n");
  });

  it("has every line that a side added, as often as it was added", () => {
    fc.assert(
      fc.property(text, text, text, (base, mine, theirs) => {
        const [old, my, their, all] = [
          counts(base),
          counts(mine),
          counts(theirs),
          counts(uniteLines(base, mine, theirs)),
        ];
        for (const line of new Set([...my.keys(), ...their.keys()])) {
          const [before, left, right, now] = [old, my, their, all].map((count) => count.get(line) ?? 0) as number[];
          const isAdded = left! >= before! && right! >= before!;
          if (isAdded) expect(now).toBeGreaterThanOrEqual(Math.max(left!, right!));
          expect(now).toBeLessThanOrEqual(left! + right!);
        }
        for (const line of all.keys()) expect(my.has(line) || their.has(line)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("is the other side when one side changed nothing or both changed the same", () => {
    fc.assert(
      fc.property(text, text, (base, other) => {
        expect(uniteLines(base, other, base)).toBe(other);
        expect(uniteLines(base, base, other)).toBe(other);
        expect(uniteLines(base, other, other)).toBe(other);
      }),
    );
  });

  it("stays quick for long notes", () => {
    const base = "line\n".repeat(200_000);
    expect(uniteLines(base, `${base}mine\n`, `${base}theirs\n`).length).toBe(base.length + 12);
  });
});
