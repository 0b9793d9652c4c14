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
    expect(readPlayLine(line)).toEqual({ kind: "say", ...said });
  });

  it.each([
    ["!block 42", { kind: "block", chat: 42, isBlocked: true }],
    [" !unblock -100 ", { kind: "block", chat: -100, isBlocked: false }],
    ["!cut 42", { kind: "cut", chat: 42, times: 1 }],
    ["!cut 42 2", { kind: "cut", chat: 42, times: 2 }],
    ["!photo", { kind: "file", as: "photo", path: null, caption: "", from: 42 }],
    ["!photo what is it?", { kind: "file", as: "photo", path: null, caption: "what is it?", from: 42 }],
    ["#-100 @7 !photo ./a.png x", { kind: "file", as: "photo", path: "./a.png", caption: "x", from: 7, chat: -100 }],
    ["!photo /tmp/a.png", { kind: "file", as: "photo", path: "/tmp/a.png", caption: "", from: 42 }],
    ["!react 105 👍", { kind: "react", messageId: 105, emojis: ["👍"], from: 42 }],
    ["#-100 @7 !react 105", { kind: "react", messageId: 105, emojis: [], from: 7, chat: -100 }],
    ["@7 !press 105 Yes, now", { kind: "press", messageId: 105, label: "Yes, now", from: 7 }],
    ["!edit 104 hello again", { kind: "edit", messageId: 104, text: "hello again", from: 42 }],
    ["#-100 !join", { kind: "join", chat: -100, who: null }],
    ["#-100 @7 !leave", { kind: "leave", chat: -100, who: 7 }],
    ["!leave", { kind: "leave", chat: 42, who: null }],
    ["@7 !leave", { kind: "leave", chat: 7, who: null }],
    ["!doc", { kind: "file", as: "document", path: null, caption: "", from: 42 }],
    ["@7 !doc ./a.txt read it", { kind: "file", as: "document", path: "./a.txt", caption: "read it", from: 7 }],
    ["!album 3", { kind: "album", count: 3, caption: "", from: 42 }],
    ["#-100 !album 10 which?", { kind: "album", count: 10, caption: "which?", from: 42, chat: -100 }],
    ["#-100 @7 !reply 105 why?", { kind: "say", text: "why?", replyTo: 105, from: 7, chat: -100 }],
    ["!!! wow", { kind: "say", text: "!!! wow", from: 42 }],
    ["! wow", { kind: "say", text: "! wow", from: 42 }],
  ])("reads %j", (line, read) => {
    expect(readPlayLine(line)).toEqual(read);
  });

  it.each([
    ["!join us", ["#<group> [@<person>] !join"]],
    ["!press 105", ["!press <message> <button>"]],
    ["!reply 105", ["!reply <message> <text>"]],
    ["!album 11", ["!album 2-10 [caption]"]],
    ["!cut", ["!cut <chat> [times]"]],
    ["!block me if you can", ["!block <chat>"]],
  ])("knows how %j should be", (line, known) => {
    expect(readPlayLine(line)).toEqual({ kind: "unknown", said: line, known });
  });

  it.each(["!photos", "!help me", "#-100 @7 !wat"])(
    "sends no message for %j, which is no verb, and knows all",
    (line) => {
      const read = readPlayLine(line);
      expect(read).toMatchObject({ kind: "unknown", said: expect.stringMatching(/^!\w+$/) });
      expect(read?.kind === "unknown" ? read.known.length : 0).toBeGreaterThan(10);
    },
  );

  it("takes a line without a text for no message", () => {
    for (const line of ["", "  ", "@7", "#-100 @7 "]) expect(readPlayLine(line)).toBeNull();
  });

  it("keeps the words of any text that names nobody", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(!/^\s*[#@!]/.test(text) && text.trim() !== "");
        expect(readPlayLine(text)).toEqual({ kind: "say", from: 42, text: text.trim() });
      }),
    );
  });
});
