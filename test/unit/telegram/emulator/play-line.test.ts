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
    ["!photo", { kind: "photo", path: null, caption: "", from: 42 }],
    ["!photo what is it?", { kind: "photo", path: null, caption: "what is it?", from: 42 }],
    ["#-100 @7 !photo ./a.png x", { kind: "photo", path: "./a.png", caption: "x", from: 7, chat: -100 }],
    ["!photo /tmp/a.png", { kind: "photo", path: "/tmp/a.png", caption: "", from: 42 }],
    ["!react 105 👍", { kind: "react", messageId: 105, emojis: ["👍"], from: 42 }],
    ["#-100 @7 !react 105", { kind: "react", messageId: 105, emojis: [], from: 7, chat: -100 }],
    ["@7 !press 105 Yes, now", { kind: "press", messageId: 105, label: "Yes, now", from: 7 }],
    ["!edit 104 hello again", { kind: "edit", messageId: 104, text: "hello again", from: 42 }],
    ["#-100 !join", { kind: "join", chat: -100, who: null }],
    ["#-100 @7 !leave", { kind: "leave", chat: -100, who: 7 }],
    ["!leave", { kind: "leave", chat: 42, who: null }],
    ["@7 !leave", { kind: "leave", chat: 7, who: null }],
    ["!join us", { kind: "say", said: { from: 42, text: "!join us" } }],
    ["!press 105", { kind: "say", said: { from: 42, text: "!press 105" } }],
    ["!photos", { kind: "say", said: { from: 42, text: "!photos" } }],
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
