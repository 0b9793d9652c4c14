import type { AssistantMessageEvent } from "@earendil-works/pi-ai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LOOP_BOUNDS } from "../../../../agent-container/src/agent/bounds.ts";
import { DeltaMerger } from "../../../../agent-container/src/agent/models/delta-merger.ts";
import { emptyAssistantMessage } from "../model-messages.ts";

const partial = emptyAssistantMessage();

function word(delta: string, contentIndex = 0): AssistantMessageEvent {
  return { type: "text_delta", contentIndex, delta, partial };
}

let sent: AssistantMessageEvent[];
let merger: DeltaMerger;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  merger = new DeltaMerger((event) => sent.push(event));
});
afterEach(() => {
  merger.close();
  vi.useRealTimers();
});

function said(): readonly string[] {
  return sent.map((event) => (event.type === "text_delta" ? event.delta : event.type));
}

describe("DeltaMerger", () => {
  it("sends the first piece at once and those right behind it together", () => {
    for (const piece of ["He", "l", "l", "o"]) merger.push(word(piece));
    expect(said()).toEqual(["He"]);
    vi.advanceTimersByTime(LOOP_BOUNDS.mergeDeltasMs);
    expect(said()).toEqual(["He", "llo"]);
    merger.push(word(","));
    vi.advanceTimersByTime(LOOP_BOUNDS.mergeDeltasMs);
    expect(said()).toEqual(["He", "llo", ","]);
  });

  it("sends a piece at once when none came for a while", () => {
    merger.push(word("one"));
    vi.advanceTimersByTime(LOOP_BOUNDS.mergeDeltasMs);
    merger.push(word("two"));
    expect(said()).toEqual(["one", "two"]);
  });

  it("keeps the order: what is held goes before any other event, and before pieces of another block", () => {
    for (const event of [word("a"), word("b"), word("c", 1), word("d", 1)]) merger.push(event);
    merger.push({ type: "text_end", contentIndex: 1, content: "cd", partial });
    expect(said()).toEqual(["a", "b", "cd", "text_end"]);
  });

  it("holds nothing back once it is closed, and leaves no timer behind", () => {
    for (const event of [word("a"), word("b")]) merger.push(event);
    merger.close();
    expect(said()).toEqual(["a", "b"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
