import type { AssistantMessage, Message, ToolCall, ToolResultMessage } from "@earendil-works/pi-ai";
import { normalizeContext } from "@earendil-works/pi-ai";
import { describe, expect, it } from "vitest";
import { defectOf } from "../../../../agent-container/src/agent/models/defects.ts";
import { emptyAssistantMessage } from "../model-messages.ts";

const USER: Message = { role: "user", content: "hi", timestamp: 0 };
const CALL: ToolCall = { type: "toolCall", id: "call_1", name: "read", arguments: { path: "a" } };
const said = (...content: AssistantMessage["content"]) => emptyAssistantMessage({ content });
const words = said({ type: "text", text: "One." });

function resultOf(details: NonNullable<ToolResultMessage["details"]>): Message {
  const content = [{ type: "text" as const, text: "ok" }];
  return { role: "toolResult", toolCallId: "call_1", toolName: "read", content, details, isError: false, timestamp: 0 };
}

function defect(message: AssistantMessage, raw: readonly string[] = [], messages: readonly Message[] = [USER]) {
  return defectOf(message, new Map(raw.entries()), normalizeContext({ messages: [...messages] }));
}

const calls = (...list: readonly ToolCall[]) => ({ ...said(...list), stopReason: "toolUse" as const });

describe("defectOf", () => {
  it("finds nothing wrong with words, with calls, and with calls whose arguments pi has mended", () => {
    expect(defect(words)).toBeNull();
    expect(defect(calls(CALL), ['{"path":"a"}'])).toBeNull();
    expect(defect(calls(CALL), ['{"path":"line\nbreak"}'])).toBeNull();
    expect(defect(calls({ ...CALL, arguments: {} }), [""])).toBeNull();
    expect(defect(calls(CALL))).toBeNull();
  });

  it.each([
    ["half of the arguments", calls(CALL), '{"path":"a'],
    ["arguments that are no object", calls(CALL), '["a"]'],
    ["no name", calls({ ...CALL, name: "" }), "{}"],
    ["a name with a space", calls({ ...CALL, name: "read it" }), "{}"],
    ["a name that is too long", calls({ ...CALL, name: "r".repeat(65) }), "{}"],
    ["no id", calls({ ...CALL, id: "" }), "{}"],
    ["the same id twice", calls({ ...CALL, id: "a|1" }, { ...CALL, id: "a|2" }), "{}"],
    ["no call where there is to be one", { ...words, stopReason: "toolUse" as const }, "{}"],
  ])("takes calls with %s for malformed", (_name, message, raw) => {
    expect(defect(message, [raw])).toBe("malformed");
  });

  it("leaves an answer that was cut at its output limit to pi", () => {
    expect(defect({ ...calls(CALL), stopReason: "length" }, ['{"path":"a'])).toBeNull();
    expect(defect({ ...words, stopReason: "length" })).toBeNull();
  });

  it("takes thoughts that reach the output limit before a word for empty", () => {
    expect(defect({ ...said({ type: "thinking", thinking: "hm" }), stopReason: "length" })).toBe("empty");
    expect(defect({ ...said({ type: "thinking", thinking: "hm" }, CALL), stopReason: "length" })).toBeNull();
  });

  it("takes an answer without words or calls for empty, also one of thoughts and blanks alone", () => {
    expect(defect(said())).toBe("empty");
    expect(defect(said({ type: "thinking", thinking: "hm" }, { type: "text", text: " \n" }))).toBe("empty");
    expect(defect(said(), [], [USER, words, USER])).toBe("empty");
    expect(defect(said(), [], [USER, calls(CALL), resultOf({})])).toBe("empty");
  });

  it("lets a model be silent that has said something before, or that has sent a file", () => {
    const part = { kind: "file", path: "a.png", file: FILE };
    expect(defect(said(), [], [USER, said({ type: "text", text: "One." }, CALL), resultOf({})])).toBeNull();
    expect(defect(said(), [], [USER, calls(CALL), resultOf({ part })])).toBeNull();
  });
});

const FILE = { kind: "photo", name: "a.png", mimeType: "image/png", hash: "0".repeat(64), bytes: 1 };
