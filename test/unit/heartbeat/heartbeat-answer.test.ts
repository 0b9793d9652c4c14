import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heartbeatAnswer } from "../../../agent-container/src/turn/heartbeat-answer.ts";
import { OUTPUT_BOUNDS } from "../../../agent-container/src/output/bounds.ts";

const said = (...blocks: readonly string[]) => heartbeatAnswer({ blocks, parts: { files: [] } }).text;
const file = { kind: "document", name: "a.md", mimeType: "text/markdown", hash: "0".repeat(64), bytes: 1 } as const;

describe("what a heartbeat says", () => {
  it("is nothing if the model said that there is nothing, however it said so", () => {
    for (const nothing of [
      "HEARTBEAT_OK",
      "**HEARTBEAT_OK**",
      "HEARTBEAT_OK. All is fine.",
      "I looked: nothing is due.\n\nHEARTBEAT_OK",
      "<think>the plants are fine</think>HEARTBEAT_OK",
      "NO_REPLY",
      "",
      " \n",
    ]) {
      expect([nothing, said(nothing)]).toEqual([nothing, ""]);
    }
    expect(said()).toBe("");
  });

  it("is judged by its last words, not by what was said between two steps", () => {
    expect(said(`Let me look. ${"I read the list. ".repeat(30)}`, "HEARTBEAT_OK")).toBe("");
    expect(said("HEARTBEAT_OK", "Water the plants.")).toBe("Water the plants.");
  });

  it("is the message itself, without the sign", () => {
    expect(said("Water the plants.")).toBe("Water the plants.");
    const long = `${"The backup failed. ".repeat(20)}Look into it.`;
    expect(long.length).toBeGreaterThan(OUTPUT_BOUNDS.heartbeatRestMax);
    expect(said(`HEARTBEAT_OK ${long}`)).toBe(long);
    expect(said(`${long}\nHEARTBEAT_OK`)).toBe(long);
  });

  it("is a file without words if that is all there is", () => {
    expect(heartbeatAnswer({ blocks: ["NO_REPLY"], parts: { files: [file] } })).toEqual({ text: "", files: [file] });
  });

  it("never begins or ends with the sign, whatever stands around it", () => {
    const words = fc.array(
      fc.constantFrom("HEARTBEAT_OK", "**HEARTBEAT_OK**", "NO_REPLY", "plants", "\n", "x".repeat(320)),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 4 }), (blocks) => {
        const text = said(...blocks.map((block) => block.join(" ")));
        expect(text).not.toMatch(/^\W*HEARTBEAT_OK|HEARTBEAT_OK\W*$/);
      }),
    );
  });
});
