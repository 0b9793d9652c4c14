import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGrowingText } from "../../../cli/growing-text.ts";
import { describe as describeValue } from "../../../cli/table.ts";
import { printable } from "../../../local/terminal-text.ts";

function screen() {
  let written = "";
  return { growing: createGrowingText((text) => (written += text)), written: () => written };
}

describe("createGrowingText", () => {
  it("writes a growing answer once, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (pieces) => {
        const { growing, written } = screen();
        for (const piece of pieces) growing.grow(piece, false);
        growing.finish(pieces.join(""));
        expect(written()).toBe(`${printable(pieces.join(""))}\n`);
      }),
    );
  });

  it("starts anew below when the answer has become another one", () => {
    const { growing, written } = screen();
    growing.grow("Let me see", false);
    growing.grow("Four.", true);
    growing.finish("Four.");
    expect(written()).toBe("Let me see\n\nFour.\n");
  });

  it("lets no escape sequence through to the terminal", () => {
    const { growing, written } = screen();
    growing.grow("\u001b[2Jboo\u009b31m", false);
    growing.finish("\u001b[2Jboo\u009b31m\tok");
    expect(written()).toBe("[2Jboo31m\tok\n");
  });
});

describe("describe", () => {
  it("shows objects as lines and lists as tables", () => {
    expect(describeValue({ channels: { web: "on" }, owner: null })).toEqual(["channels.web  on", "owner         -"]);
    expect(describeValue([{ key: "a", n: 1 }, { key: "bb" }])).toEqual(["key  n", "a    1", "bb   -"]);
    expect(describeValue([])).toEqual(["none"]);
  });
});
