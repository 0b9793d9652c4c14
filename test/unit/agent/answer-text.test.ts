import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerText, joinBlocks } from "../../../agent-container/src/turn/answer-text.ts";

/** Text with many line breaks and spaces, where trimming and joining can go wrong. */
const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n", "\t", "é", "😀"), maxLength: 30 });

describe("AnswerText", () => {
  it("streams exactly what the finished answer says, however the blocks are cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { maxLength: 5 }), { maxLength: 6 }), (blocks) => {
        const answer = new AnswerText();
        let streamed = "";
        for (const pieces of blocks) {
          for (const piece of pieces) streamed += answer.append(piece);
          answer.endBlock();
        }
        expect(streamed).toBe(joinBlocks(blocks.map((pieces) => pieces.join(""))));
        expect(answer.text).toBe(streamed);
      }),
    );
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
    expect(answer.append("second step")).toBe("\n\nsecond step");
  });

  it("goes on from the text of an earlier process", () => {
    const answer = AnswerText.from("before");
    answer.append("after");
    expect(answer.text).toBe("before\n\nafter");
    answer.rollBack();
    expect(answer.text).toBe("before");
  });
});
