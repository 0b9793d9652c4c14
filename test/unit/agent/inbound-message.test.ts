import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inboundMessage, inboundOf, isFactsBlock } from "../../../agent-container/src/agent/inbound-message.ts";
import { toProviderMessages } from "../../../agent-container/src/agent/pi-adapters.ts";
import type { PromptMessage } from "../../../protocol/invocation.ts";
import { isInboundId } from "../../../protocol/ids.ts";

const PLACE = { channel: "telegram", chatKind: "group", title: "Family" } as const;

function message(fields: Partial<PromptMessage>): PromptMessage {
  const id = "telegram:1";
  if (!isInboundId(id)) throw new Error("not an id");
  return { id, text: "hi", sender: { id: "42", name: "Ada" }, sentAt: Date.UTC(2026, 10, 22, 11, 5), ...fields };
}

function blocks(fields: Partial<PromptMessage>): readonly string[] {
  const { content } = inboundMessage(message(fields), PLACE, "Europe/Berlin");
  if (typeof content === "string") throw new Error("not blocks");
  return content.map((block) => (block.type === "text" ? block.text : block.type));
}

describe("inboundMessage", () => {
  it("shows the model who wrote where and when, and the words in a block of their own", () => {
    const [facts, words] = blocks({ text: "what is *this*?", quoted: { sender: "Bob", text: "look" } });
    expect(words).toBe("what is *this*?");
    expect(JSON.parse(facts?.split("\n")[2] ?? "")).toEqual({
      from: "Ada",
      from_id: "42",
      time: "Sunday, 2026-11-22 12:05 (Europe/Berlin)",
      channel: "telegram",
      chat: "group: Family",
      answers: { from: "Bob", text: "look" },
    });
  });

  it("keeps hostile names and quotes inside the block: three lines before the closing fence, always", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("`", "\n", "x", '"', "\\", "\u2028") }), (hostile) => {
        const [facts = ""] = blocks({ sender: { id: "1", name: hostile }, quoted: { sender: hostile, text: hostile } });
        const lines = facts.split("\n");
        expect(lines).toHaveLength(4);
        expect(lines.filter((line) => line.includes("```"))).toEqual(["```json", "```"]);
        expect(isFactsBlock(facts)).toBe(true);
      }),
    );
  });

  it("keeps the original beside what the model sees", () => {
    const original = inboundOf(inboundMessage(message({ text: "hello" }), PLACE, "UTC"));
    expect(original).toEqual({ id: "telegram:1", text: "hello", sentAt: Date.UTC(2026, 10, 22, 11, 5) });
  });

  it("cuts a long quote, and shows UTC for a time zone that does not exist", () => {
    const [facts = ""] = blocks({ quoted: { sender: "Bob", text: "x".repeat(5_000) } });
    expect(facts.length).toBeLessThan(2_400);
    const { content } = inboundMessage(message({}), PLACE, "Mars/Base");
    expect(JSON.stringify(content)).toContain("11:05 (UTC)");
  });

  it.each([
    [9e15, "Friday, 9999-12-31 23:59"],
    [-9e15, "Thursday, 1970-01-01 00:00"],
    [Number.NaN, "Thursday, 1970-01-01 00:00"],
  ])("shows the absurd time %d as the nearest one that can be written", (sentAt, shown) => {
    const { content } = inboundMessage(message({ sentAt }), PLACE, "UTC");
    expect(JSON.stringify(content)).toContain(`${shown} (UTC)`);
    expect(JSON.stringify(inboundMessage(message({ sentAt }), PLACE, "Etc/GMT").content)).toContain(
      `${shown} (Etc/GMT)`,
    );
  });

  it("reaches a provider as one user message, also when several came together", () => {
    const [first, second] = [message({ text: "one" }), message({ text: "two" })];
    const sent = toProviderMessages([inboundMessage(first, PLACE, "UTC"), inboundMessage(second, PLACE, "UTC")]);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ role: "user", content: [{}, { text: "one" }, {}, { text: "two" }] });
  });
});
