import { describe, expect, it } from "vitest";
import { finalAnswer, type Said } from "../../../agent-container/src/turn/answer.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import { CONVERSATION, GROUP, inboundId } from "./invocations.ts";

const file = { kind: "document", name: "a.md", mimeType: "text/markdown", hash: "0".repeat(64), bytes: 1 } as const;
const button = { label: "Yes", value: "yes" };
const none = { files: [], buttons: [] };
const consumed = [inboundId("telegram:1"), inboundId("telegram:2")];

function said(blocks: readonly string[], conversation: ConversationKey, parts: Said["parts"] = none) {
  return finalAnswer({ blocks, parts, consumed }, { conversation });
}

describe("finalAnswer", () => {
  it("says what the model said, with its files and buttons if it has any", () => {
    expect(said(["One.", "Two."], CONVERSATION)).toEqual({ text: "One.\n\nTwo." });
    expect(said(["Look."], CONVERSATION, { files: [file], buttons: [[button]] })).toEqual({
      text: "Look.",
      files: [file],
      buttons: [[button]],
    });
  });

  it("sends files without a word when the model said none, or asked for silence", () => {
    const parts = { files: [file], buttons: [] };
    for (const conversation of [CONVERSATION, GROUP.conversation])
      for (const blocks of [[], ["NO_REPLY"]])
        expect(said(blocks, conversation, parts)).toEqual({ text: "", files: [file] });
  });

  it("puts a line above buttons that stand under nothing", () => {
    expect(said([], CONVERSATION, { files: [], buttons: [[button]] })).toEqual({
      text: "(Please choose.)",
      buttons: [[button]],
    });
  });

  it("is silent in a group that it was silent in, buttons included", () => {
    expect(said(["NO_REPLY"], GROUP.conversation, { files: [], buttons: [[button]] })).toEqual({ text: "" });
    expect(said(["NO_REPLY"], CONVERSATION).text).toMatch(/without an answer/);
    expect(said(["Let me check.", "NO_REPLY"], GROUP.conversation).text).toBe("Let me check.");
  });

  it("takes the sign for silence as it is written by models, and that of heartbeats for the same", () => {
    for (const sign of [
      "no_reply",
      "**NO_REPLY**",
      "`NO_REPLY`",
      '"NO_REPLY."',
      "HEARTBEAT_OK",
      "NO_REPLY\n\nNO_REPLY",
    ])
      expect(said([sign], GROUP.conversation)).toEqual({ text: "" });
  });

  it("says that there is no answer when nothing of a text may be shown, unless silence was asked for", () => {
    expect(said(["<think>hm"], GROUP.conversation).text).toMatch(/without an answer/);
    expect(said(["<think>hm</think>"], CONVERSATION).text).toMatch(/without an answer/);
    expect(said(["<think>hm</think>NO_REPLY"], GROUP.conversation)).toEqual({ text: "" });
  });

  it("is a reply to the message that its first words name, if the turn took it in", () => {
    expect(said(["[[reply_to:telegram:1]] Yes."], GROUP.conversation)).toEqual({ text: "Yes.", replyTo: "telegram:1" });
    expect(said(["[[reply_to_current]]Yes."], GROUP.conversation)).toEqual({ text: "Yes.", replyTo: "telegram:2" });
    expect(said(["<think>x</think>\n[[ reply_to: telegram:1 ]] Yes."], GROUP.conversation).replyTo).toBe("telegram:1");
    expect(said(["Hm.\n</think>\n[[reply_to:telegram:1]] Yes."], GROUP.conversation).replyTo).toBe("telegram:1");
    expect(said(["", "[[reply_to:telegram:1]] Yes."], GROUP.conversation).replyTo).toBe("telegram:1");
    for (const blocks of [
      ["[[reply_to:telegram:3]] Yes."],
      ["Yes. [[reply_to:telegram:1]]"],
      ["Yes.", "[[reply_to:telegram:1]]"],
      ["`[[reply_to:telegram:1]]`", "[[reply_to:telegram:1]]"],
    ])
      expect(said(blocks, GROUP.conversation).replyTo).toBeUndefined();
  });

  it("gives a file another name if it has that of a mark", () => {
    const marked = { ...file, name: "<think>plan</think>.md" };
    expect(said(["Look."], CONVERSATION, { ...none, files: [marked] }).files).toEqual([{ ...file, name: "file.md" }]);
  });
});
