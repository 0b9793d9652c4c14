import { describe, expect, it } from "vitest";
import { COMPACTION_BOUNDS } from "../../../agent-container/src/agent/compaction/bounds.ts";
import { noteOf, withNote } from "../../../agent-container/src/agent/compaction/notes.ts";
import type { Piece } from "../../../agent-container/src/agent/compaction/pieces.ts";
import type { Said } from "../../../agent-container/src/agent/compaction/silent-model.ts";
import { sumUp } from "../../../agent-container/src/agent/compaction/summary.ts";

/** Half past eleven in the evening in London, and half past midnight in Berlin. */
const LATE = Date.UTC(2026, 10, 23, 23, 30);

describe("a note", () => {
  it("goes into the file of the day that the person has", () => {
    expect(noteOf(["- Tea"], LATE, "UTC")?.path).toBe("memory/2026-11-23.md");
    expect(noteOf(["- Tea"], LATE, "Europe/Berlin")).toEqual({
      path: "memory/2026-11-24.md",
      block: "## 00:30 From the conversation\n\n- Tea\n",
    });
  });

  it("is none when there is nothing to keep, and has no sign of silence in it", () => {
    expect(noteOf(["NO_REPLY", " NO_REPLY\n", ""], LATE, "UTC")).toBeNull();
    expect(noteOf(["- Tea\nNO_REPLY", "NO_REPLY", "- Milk"], LATE, "UTC")?.block).toContain("- Tea\n- Milk\n");
  });

  it("has nothing in it that no person is to see", () => {
    expect(noteOf(["<think>Nothing new.</think>\n**no_reply**"], LATE, "UTC")).toBeNull();
    expect(noteOf(["<think>Tea?</think>- Tea"], LATE, "UTC")?.block).toContain("\n\n- Tea\n");
  });

  it("has whole lines and an end", () => {
    const line = `- ${"ä".repeat(100)}`;
    const { block = "" } = noteOf([Array.from({ length: 200 }, () => line).join("\n")], LATE, "UTC") ?? {};
    expect(Buffer.byteLength(block)).toBeLessThan(COMPACTION_BOUNDS.notesMaxBytes + 200);
    expect(block).toContain("(more was noted than there is room for)");
    const lines = block.trim().split("\n").slice(2, -1);
    expect(new Set(lines)).toEqual(new Set([line]));
  });

  it("has something of each piece, however much there was to note of the first", () => {
    const full = Array.from({ length: 60 }, () => `- ${"x".repeat(95)}`).join("\n");
    const { block = "" } =
      noteOf([`${full}\n- Tea`, `${full}\n- Milk`, `${full}\n${full}`, "- Sugar"], LATE, "UTC") ?? {};
    expect(block).toMatch(/- Tea\n(?:.*\n)+- Milk\n(?:.*\n)+- \(more .*\n- Sugar\n$/);
  });

  it("is added to the end of a file, and only once", () => {
    const { block = "" } = noteOf(["- Tea"], LATE, "UTC") ?? {};
    const once = withNote("# Monday\n\nRain.\n", block);
    expect(once).toBe(`# Monday\n\nRain.\n\n${block}`);
    expect(withNote(once, block)).toBe(once);
    expect(withNote(null, block)).toBe(block);
  });
});

describe("a summary", () => {
  const whole = ["Goal", "Progress", "Key Decisions", "Next Steps", "Critical Context"]
    .map((one) => `## ${one}`)
    .join("\n");
  const piece = (text: string): Piece => [{ role: "user", content: text, timestamp: 0 }];

  /** Answers by a script, and tells what it was asked for. */
  function model(script: readonly Said[]) {
    const asked: { readonly text: string; readonly before: string | undefined; readonly focus: string }[] = [];
    return {
      asked,
      sumUp: async ([message]: Piece, before: string | undefined, focus: string): Promise<Said> => {
        asked.push({ text: typeof message?.content === "string" ? message.content : "", before, focus });
        return script[asked.length - 1] ?? { kind: "failed" };
      },
    };
  }
  const said = (text: string): Said => ({ kind: "said", text });

  it("without its headings is asked for once more, and then taken as it is", async () => {
    const mended = model([said("We talked."), said(whole)]);
    expect(await sumUp(mended, [piece("a")], undefined, undefined)).toBe(whole);
    expect(mended.asked[1]?.focus).toContain("begins with the line");
    const stubborn = model([said("We talked."), said("We did.")]);
    expect(await sumUp(stubborn, [piece("a")], undefined, undefined)).toBe("We did.");
    expect(stubborn.asked).toHaveLength(2);
  });

  it("of several pieces goes on from the one before", async () => {
    const two = model([said(`${whole} one`), said(`${whole} two`)]);
    expect(await sumUp(two, [piece("a"), piece("b")], "earlier", undefined)).toBe(`${whole} two`);
    expect(two.asked.map(({ before }) => before)).toEqual(["earlier", `${whole} one`]);
  });

  it("of a piece that is too long is made of its halves, so often and no oftener", async () => {
    const halved = model([{ kind: "too_long" }, said(`${whole} 1`), said(`${whole} 2`)]);
    expect(await sumUp(halved, [piece("x".repeat(1_000))], undefined, undefined)).toBe(`${whole} 2`);
    const never = model(Array.from({ length: 99 }, (): Said => ({ kind: "too_long" })));
    expect(await sumUp(never, [piece("x".repeat(1_000))], undefined, undefined)).toBeNull();
    expect(never.asked).toHaveLength(1 + COMPACTION_BOUNDS.halvingsMax);
  });
});
