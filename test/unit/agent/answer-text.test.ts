import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOOP_BOUNDS } from "../../../agent-container/src/agent/bounds.ts";
import { AnswerText, joinBlocks } from "../../../agent-container/src/turn/answer-text.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";

/** Text with many line breaks and spaces, where trimming and joining can go wrong. */
const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n", "\t", "é", "😀"), maxLength: 30 });

describe("AnswerText", () => {
  it("streams exactly what the finished answer says, however the blocks are cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { maxLength: 5 }), { maxLength: 6 }), (blocks) => {
        const answer = new AnswerText();
        let streamed = "";
        for (const pieces of blocks) {
          for (const piece of pieces) streamed += answer.append(piece).text;
          streamed += answer.endBlock().text;
        }
        expect(streamed).toBe(joinBlocks(blocks.map((pieces) => pieces.join(""))));
        expect(answer.text).toBe(streamed);
      }),
    );
  });

  it("ends with a mark where it is longer than an answer can be, in the stream as in the end", () => {
    const most = LOOP_BOUNDS.answerTextMax;
    const sizes = fc.array(fc.array(fc.integer({ min: 0, max: most }), { maxLength: 3 }), { maxLength: 3 });
    fc.assert(
      fc.property(sizes, (blocks) => {
        const answer = new AnswerText();
        let streamed = "";
        for (const pieces of blocks) {
          for (const size of pieces) streamed += answer.append("x".repeat(size)).text;
          answer.endBlock();
        }
        const joined = joinBlocks(blocks.map((pieces) => "x".repeat(pieces.reduce((sum, size) => sum + size, 0))));
        expect(streamed === joined).toBe(true);
        expect(answer.text === joined).toBe(true);
        expect(joined.length).toBeLessThanOrEqual(OUTBOUND_BOUNDS.answerMax);
        expect(joined.length > most).toBe(joined.endsWith("(cut: the answer became too long)"));
      }),
      { numRuns: 50 },
    );
  });

  it("takes back the mark with the try that was too long", () => {
    const answer = AnswerText.from(["before"]);
    answer.append("x".repeat(LOOP_BOUNDS.answerTextMax));
    expect(answer.append("more").text).toBe("");
    answer.rollBack();
    expect(answer.append("short").text).toBe("\n\nshort");
  });

  it("goes back to the last settled step when a try of the model fails", () => {
    const answer = new AnswerText();
    answer.append("first step");
    answer.settle();
    answer.append("half a sec");
    answer.endBlock();
    answer.append("ond");
    answer.rollBack();
    expect(answer.text).toBe("first step");
    expect(answer.append("second step").text).toBe("\n\nsecond step");
  });

  it("goes on from the text of an earlier process", () => {
    const answer = AnswerText.from(["before"]);
    answer.append("after");
    expect(answer.text).toBe("before\n\nafter");
    answer.rollBack();
    expect(answer.text).toBe("before");
  });

  it("keeps out a block that is nothing but reasoning whose opening tag the model left out", () => {
    expect(joinBlocks(["A secret.\n</think>\n\n", "Hello"])).toBe("Hello");
    expect(joinBlocks(["Hello", "A secret.</think>"])).toBe("Hello");
    const answer = new AnswerText();
    expect(answer.append("A secret.\n").text).toBe("A secret.");
    answer.append("</think>\n\n");
    expect(answer.endBlock()).toEqual({ text: "", isAnew: true });
    expect(answer.append("Hello")).toEqual({ text: "Hello", isAnew: false });
  });

  it("shows nothing of what goes on in the next block", () => {
    for (const blocks of [
      ["<think>A secret.", "Still secret</think>Hello"],
      ["<think>A <think>secret.", "Still</think> secret</think>Hello"],
      ["<think>A secret.", " ", "Still secret</think>Hello"],
      ["<tool_call>secret", "secret</tool_call>Hello"],
      ["[TOOL_CALLS]secret", "secret[/TOOL_CALLS]Hello"],
      ["<|channel|>analysis<|message|>secret", "secret<|end|><|start|>assistant<|channel|>final<|message|>Hello"],
    ]) {
      const answer = new AnswerText();
      for (const block of blocks) {
        for (const char of block) {
          answer.append(char);
          expect(answer.text).not.toContain("secret");
        }
        answer.endBlock();
      }
      expect([blocks, answer.text]).toEqual([blocks, "Hello"]);
      expect(joinBlocks(blocks)).toBe("Hello");
    }
  });

  it("shows the block after one that was left open when nothing closes it there", () => {
    expect(joinBlocks(["<think>A secret.", "Hello", "The tag </think> is one."])).toBe("Hello\n\nThe tag  is one.");
    expect(joinBlocks(["<|channel|>analysis<|message|>secret", "Hello<|return|>"])).toBe("Hello");
    expect(joinBlocks(["<think>A secret.", "<think>more</think>Hello"])).toBe("Hello");
  });

  it("forgets what a try left open that is taken back", () => {
    const answer = new AnswerText();
    answer.append("<think>");
    answer.endBlock();
    answer.rollBack();
    expect(answer.append("Hello").text).toBe("Hello");
  });

  it("does not cut a character in half, in whatever pieces it comes", () => {
    const start = "x".repeat(LOOP_BOUNDS.answerTextMax - 1);
    const cut = joinBlocks([`${start}😀`]);
    expect(cut.isWellFormed()).toBe(true);
    const answer = new AnswerText();
    for (const piece of [start, "\ud83d", "\ude00"]) answer.append(piece);
    answer.settle();
    expect(answer.text === cut).toBe(true);
  });
});
