import { describe, expect, it } from "vitest";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { keyboardOf } from "../../../worker/channels/telegram/keyboard.ts";

const labels = (label: string) => keyboardOf([[{ id: "x", label }]]).reply_markup?.inline_keyboard[0]?.[0]?.text;

describe("keyboardOf", () => {
  it("keeps rows and sends ids back as they are", () => {
    const rows = [[{ id: "a", label: "Yes" }], [], [{ id: "ü".repeat(32), label: "No" }]];
    expect(keyboardOf(rows).reply_markup?.inline_keyboard).toEqual([
      [{ text: "Yes", callback_data: "a" }],
      [{ text: "No", callback_data: "ü".repeat(32) }],
    ]);
    expect([keyboardOf(undefined), keyboardOf([]), keyboardOf([[]])]).toEqual([{}, {}, {}]);
  });

  it("shows at most eight buttons in a row", () => {
    const row = Array.from({ length: 20 }, (_, index) => ({ id: String(index), label: String(index) }));
    expect(keyboardOf([row]).reply_markup?.inline_keyboard.map((shown) => shown.length)).toEqual([8, 8, 4]);
  });

  it("cuts a label between characters, and shows one that is blank", () => {
    const family = "👩‍👩‍👧‍👦";
    expect(labels(family.repeat(10))).toBe(`${family.repeat(5)}…`);
    expect(labels("x".repeat(OUTBOUND_BOUNDS.buttonLabelMax))).toHaveLength(OUTBOUND_BOUNDS.buttonLabelMax);
    expect(labels(" \u200b")).toBe("…");
    expect(labels("a\ud83d")?.isWellFormed()).toBe(true);
  });

  it("refuses an id that no press can send back", () => {
    for (const id of ["", "x".repeat(65), "ü".repeat(33)]) expect(() => keyboardOf([[{ id, label: "x" }]])).toThrow();
  });
});
