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
});
