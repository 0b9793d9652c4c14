import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerParts } from "../../../agent-container/src/agent/answer-parts.ts";
import { createOfferChoicesTool, rowsOf } from "../../../agent-container/src/tools/offer-choices.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";

const { buttonLabelMax, buttonsMax, buttonValueMax } = OUTBOUND_BOUNDS;

function labels(...texts: readonly string[]) {
  return { choices: texts.map((label) => ({ label })) };
}

function shapeOf(offer: Parameters<typeof rowsOf>[0]): readonly (readonly string[])[] {
  return rowsOf(offer).map((row) => row.map(({ label }) => label));
}

describe("offer_choices", () => {
  it("puts the buttons of its last call under the answer", async () => {
    const parts = new AnswerParts();
    const tool = createOfferChoicesTool(parts, () => Promise.resolve(null));
    const context = { callId: "call-1", invocationId: "call-1", signal: new AbortController().signal };
    await tool.execute(labels("no"), context);
    const { text } = await tool.execute({ choices: [{ label: "Yes", value: "yes, do it" }, { label: "No" }] }, context);
    expect(text).toBe("Your answer has 2 buttons.");
    expect(parts.buttons).toEqual([
      [
        { label: "Yes", value: "yes, do it" },
        { label: "No", value: "No" },
      ],
    ]);
  });

  it("arranges short labels beside each other and long ones below each other, or as it is told", () => {
    expect(shapeOf(labels("red", "green", "blue"))).toEqual([["red", "green", "blue"]]);
    expect(shapeOf(labels("tomorrow morning", "tomorrow evening", "never"))).toEqual([
      ["tomorrow morning", "tomorrow evening"],
      ["never"],
    ]);
    expect(shapeOf(labels("a choice that takes its room", "b"))).toEqual([["a choice that takes its room"], ["b"]]);
    expect(shapeOf({ ...labels("a", "b", "c"), columns: 2 })).toEqual([["a", "b"], ["c"]]);
  });

  it("makes one line of a label", () => {
    expect(shapeOf(labels(" two\n lines "))).toEqual([["two lines"]]);
  });

  it.each([
    ["an empty label", labels(" \n"), "A choice needs a label"],
    ["an empty value", { choices: [{ label: "a", value: " " }] }, "its value cannot be empty"],
    ["two of the same", labels("a", "b", " a"), "Two choices have the same label"],
    ["a long label", labels("x".repeat(buttonLabelMax + 1)), "A label is longer than 64 characters"],
    ["a long value", { choices: [{ label: "a", value: "x".repeat(buttonValueMax + 1) }] }, "longer than 512"],
  ])("refuses %s, and says what is wrong", (_name, offer, message) => {
    expect(() => rowsOf(offer)).toThrow(message);
  });

  it("loses and changes no choice, whatever its arrangement", () => {
    const label = fc.string({ minLength: 1, maxLength: buttonLabelMax }).filter((text) => /^\S+$/.test(text));
    const several = fc.uniqueArray(label, { minLength: 1, maxLength: buttonsMax });
    fc.assert(
      fc.property(several, fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }), (texts, columns) => {
        const shape = shapeOf({ ...labels(...texts), ...(columns !== undefined && { columns }) });
        expect(shape.flat()).toEqual(texts);
        expect(shape.every((row) => row.length > 0 && row.length <= (columns ?? 4))).toBe(true);
      }),
    );
  });
});
