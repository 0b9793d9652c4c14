import { type Message, normalizeContext } from "@earendil-works/pi-ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortenTexts } from "../../../../agent-container/src/agent/models/shorten-texts.ts";
import { emptyAssistantMessage } from "../model-messages.ts";

const user = (content: Extract<Message, { role: "user" }>["content"]): Message => ({
  role: "user",
  content,
  timestamp: 0,
});

function textOf(text: string, bytesMax: number): string | null {
  const [message] = shortenTexts(normalizeContext({ messages: [user(text)] }), bytesMax)?.messages ?? [];
  return message?.role === "user" && typeof message.content === "string" ? message.content : null;
}

describe("shortenTexts", () => {
  it("keeps beginning and end of what is too long, and says how much is left out", () => {
    expect(textOf("abcdefgh", 4)).toBe("abc\n[4 bytes are left out here: the text is too long for the model]\nh");
  });

  it("has nothing to say when nothing is too long", () => {
    expect(textOf("abcd", 4)).toBeNull();
  });

  it("cuts texts of people and tools alone: a model's own words and calls are signed, pictures cannot be cut", () => {
    const image = { type: "image", data: "A".repeat(100), mimeType: "image/png" } as const;
    const said = emptyAssistantMessage({ content: [{ type: "text", text: "b".repeat(100) }] });
    const result: Message = {
      role: "toolResult",
      toolCallId: "a",
      toolName: "read",
      content: [{ type: "text", text: "c".repeat(100) }, image],
      isError: false,
      timestamp: 0,
    };
    const messages = [said, user([image]), result];
    const shorter = shortenTexts(normalizeContext({ messages }), 10)?.messages ?? [];
    expect(shorter.slice(0, 2)).toEqual(messages.slice(0, 2));
    expect(shorter[2]).toMatchObject({ content: [{ text: expect.stringContaining("90 bytes") }, image] });
  });

  it("leaves a text of well-formed characters not much longer than asked for, wherever it cuts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, bytesMax) => {
        const cut = textOf(text, bytesMax);
        if (cut === null) return Buffer.byteLength(text) <= bytesMax;
        // A character cut in two shows as up to three marks of three bytes, at each of the two ends.
        return cut.isWellFormed() && Buffer.byteLength(cut) <= bytesMax + 2 * 9 + 80;
      }),
    );
  });
});
