import type { AgentMessage } from "@earendil-works/pi-agent-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inboundMessage } from "../../../agent-container/src/agent/inbound-message.ts";
import { toProviderMessages } from "../../../agent-container/src/agent/pi-adapters.ts";
import { PRUNING_BOUNDS } from "../../../agent-container/src/agent/pruning/bounds.ts";
import { prune } from "../../../agent-container/src/agent/pruning/prune.ts";
import { promptMessage } from "./invocations.ts";
import { emptyAssistantMessage } from "./model-messages.ts";
import { toolCall } from "./scripted-model.ts";
import { result, said, step, transcripts } from "./transcripts.ts";

const LATER = PRUNING_BOUNDS.cacheTtlMs + 1;

/** A step that reads a file of so many characters. */
function reading(id: string, chars: number, at = 0): readonly AgentMessage[] {
  const calls = [toolCall(id, "read", { path: `${id}.md` })];
  return [
    emptyAssistantMessage({ content: calls, stopReason: "toolUse", timestamp: at }),
    result(id, `begin ${"x".repeat(chars)} end`, at),
  ];
}

const lengths = (messages: readonly AgentMessage[]) =>
  messages.flatMap((message) => (message.role === "toolResult" ? [JSON.stringify(message.content).length] : []));

/** A question after a pause, to a transcript with such results before its last three answers. */
function afterPause(chars: readonly number[], pauseMs = LATER): readonly AgentMessage[] {
  const old = chars.flatMap((one, n) => reading(`old-${String(n)}`, one));
  return [said("look"), ...old, step("1"), ...reading("new", 8_000), step("3"), said("and?", pauseMs)];
}

describe("old results", () => {
  it("are trimmed to their beginning and end after a pause, in a window that is getting full", () => {
    const messages = afterPause([8_000, 3_000]);
    const shown = prune(messages, 14_000);
    expect(lengths(shown)[0]).toBeLessThan(3_300);
    expect(JSON.stringify(shown[2])).toMatch(/begin x+\\n\[\.\.\. \d+ characters of this result are not shown.*x end/);
    expect(lengths(shown).slice(1)).toEqual(lengths(messages).slice(1));
  });

  it("stay as they are while the cache is warm, and in a window with room", () => {
    const messages = afterPause([8_000, 8_000]);
    expect(prune(messages, 1_000_000)).toEqual(messages);
    expect(prune(afterPause([8_000, 8_000], LATER - 10), 14_000)).toEqual(afterPause([8_000, 8_000], LATER - 10));
  });

  it("are left out altogether when there is very much of them, and say so", () => {
    const messages = afterPause(Array.from({ length: 40 }, () => 3_900));
    const shown = prune(messages, 64_000);
    expect(JSON.stringify(shown[2])).toContain("The result of this call is not shown again.");
    expect(lengths(shown).at(-1)).toBe(lengths(messages).at(-1));
    expect(shown.filter(({ role }) => role !== "toolResult")).toEqual(
      messages.filter(({ role }) => role !== "toolResult"),
    );
  });

  it("are never longer than the window allows, the newest included", () => {
    const of = (windowTokens: number) => lengths(prune([said("look"), ...reading("a", 200_000)], windowTokens))[0] ?? 0;
    expect([of(32_000), of(100_000), of(200_000)].map((length) => Math.round(length / 1_000))).toEqual([16, 32, 64]);
  });
});

describe("pictures", () => {
  const picture = inboundMessage(
    promptMessage("telegram:1", "look", {
      attachments: [{ kind: "image", name: "cat.jpg", stored: { name: "cat", bytes: 100 } }],
    }),
    { place: { channel: "telegram", chatKind: "direct" }, timezone: "UTC" },
    [{ kind: "picture" }],
  );
  const after = (turns: number): readonly AgentMessage[] => [
    { ...picture, timestamp: 0 },
    ...Array.from({ length: turns }, (_, n) => [step(`answer ${String(n)}`), said("next")]).flat(),
    said("and?", LATER),
  ];

  it("are only named after three turns and a pause, and shown before that", () => {
    expect(JSON.stringify(prune(after(2), 200_000)[0])).toContain('"pictures"');
    const named = JSON.stringify(prune(after(3), 200_000)[0]);
    expect(named).not.toContain('"pictures"');
    expect(named).toContain("cat.jpg");
    expect(named).toContain("shown earlier");
  });
});

describe("what a model is shown", () => {
  it("begins with what it was shown before, as long as no pause lies between", () => {
    let prunedRuns = 0;
    fc.assert(
      fc.property(transcripts, fc.integer({ min: 300, max: 20_000 }), (messages, windowTokens) => {
        let before: readonly AgentMessage[] = [];
        for (let end = 1; end <= messages.length; end += 1) {
          const now = prune(messages.slice(0, end), windowTokens);
          if (!endsPause(messages.slice(0, end))) expect(now.slice(0, before.length)).toEqual(before);
          before = now;
        }
        if (JSON.stringify(before) !== JSON.stringify(messages)) prunedRuns += 1;
        expect(toProviderMessages([...before]).length).toBeGreaterThan(0);
      }),
    );
    expect(prunedRuns).toBeGreaterThan(10);
  });
});

/** Whether the last message came after the cache had gone cold. */
function endsPause(messages: readonly AgentMessage[]): boolean {
  const last = messages.at(-1);
  const answer = messages.findLast(({ role }) => role === "assistant");
  const isWords = last?.role === "user" || last?.role === "custom";
  return isWords && answer !== undefined && last.timestamp - answer.timestamp > PRUNING_BOUNDS.cacheTtlMs;
}
