import { describe, expect, it } from "vitest";
import { finalAnswer } from "../../../agent-container/src/turn/answer.ts";
import { CONVERSATION, GROUP } from "./invocations.ts";

const file = { kind: "document", name: "a.md", mimeType: "text/markdown", hash: "0".repeat(64), bytes: 1 } as const;
const button = { label: "Yes", value: "yes" };
const none = { files: [], buttons: [] };

describe("finalAnswer", () => {
  it("says what the model said, with its files and buttons if it has any", () => {
    expect(finalAnswer(["One.", "Two."], none, CONVERSATION)).toEqual({ text: "One.\n\nTwo." });
    expect(finalAnswer(["Look."], { files: [file], buttons: [[button]] }, CONVERSATION)).toEqual({
      text: "Look.",
      files: [file],
      buttons: [[button]],
    });
  });

  it("sends files without a word when the model said none, or asked for silence", () => {
    const parts = { files: [file], buttons: [] };
    for (const conversation of [CONVERSATION, GROUP.conversation])
      for (const blocks of [[], ["NO_REPLY"]])
        expect(finalAnswer(blocks, parts, conversation)).toEqual({ text: "", files: [file] });
  });

  it("puts a line above buttons that stand under nothing", () => {
    expect(finalAnswer([], { files: [], buttons: [[button]] }, CONVERSATION)).toEqual({
      text: "(Please choose.)",
      buttons: [[button]],
    });
  });

  it("is silent in a group that it was silent in, buttons included", () => {
    expect(finalAnswer(["NO_REPLY"], { files: [], buttons: [[button]] }, GROUP.conversation)).toEqual({ text: "" });
    expect(finalAnswer(["NO_REPLY"], none, CONVERSATION).text).toMatch(/without an answer/);
    expect(finalAnswer(["Let me check.", "NO_REPLY"], none, GROUP.conversation).text).toBe("Let me check.");
  });
});
