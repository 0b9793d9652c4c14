import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlayLine } from "../../../emulators/telegram/play-line.ts";

describe("readPlayLine", () => {
  it.each([
    ["hello", { from: 42, text: "hello" }],
    ["@7 hello", { from: 7, text: "hello" }],
    ["#-100 hello", { from: 42, chat: -100, text: "hello" }],
    ["#-100 @7 hello @claw_bot", { from: 7, chat: -100, text: "hello @claw_bot" }],
    ["@claw_bot hello", { from: 42, text: "@claw_bot hello" }],
    ["#hashtag", { from: 42, text: "#hashtag" }],
    ["/status", { from: 42, text: "/status" }],
  ])("reads %j", (line, said) => {
    expect(readPlayLine(line)).toEqual({ kind: "say", said });
  });

  it.each([
    ["!block 42", { kind: "block", chat: 42, isBlocked: true }],
    [" !unblock -100 ", { kind: "block", chat: -100, isBlocked: false }],
    ["!cut 42", { kind: "cut", chat: 42, times: 1 }],
    ["!cut 42 2", { kind: "cut", chat: 42, times: 2 }],
    ["!cut", { kind: "say", said: { from: 42, text: "!cut" } }],
    ["!block me if you can", { kind: "say", said: { from: 42, text: "!block me if you can" } }],
  ])("reads %j", (line, read) => {
    expect(readPlayLine(line)).toEqual(read);
  });

  it("takes a line without a text for no message", () => {
    for (const line of ["", "  ", "@7", "#-100 @7 "]) expect(readPlayLine(line)).toBeNull();
  });

  it("keeps the words of any text that names nobody", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(!/^\s*[#@!]/.test(text) && text.trim() !== "");
        expect(readPlayLine(text)).toEqual({ kind: "say", said: { from: 42, text: text.trim() } });
      }),
    );
  });
});
