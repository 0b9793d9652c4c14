import { beforeEach, describe, expect, it } from "vitest";
import { Undisturbed } from "./undisturbed.ts";

const CHAT = -1_000;

describe("the time in which an answer could be seen growing", () => {
  let undisturbed: Undisturbed;
  const reached = (...points: readonly (readonly [point: string, now: number])[]) => {
    for (const [point, now] of points) undisturbed.reached(CHAT, point, now);
  };
  beforeEach(() => {
    undisturbed = new Undisturbed();
  });

  it("is from the first delta of a run to its end", () => {
    reached(["event.accepted", 0], ["event.snapshot", 100], ["event.delta", 500], ["event.delta", 900]);
    expect(undisturbed.longestMs(CHAT)).toBe(400);
    reached(["event.final", 2_000]);
    expect(undisturbed.longestMs(CHAT)).toBe(1_500);
  });

  it("is none where the agent was through before the turn was taken up again", () => {
    reached(["event.accepted", 0], ["event.delta", 500]);
    undisturbed.held(CHAT);
    undisturbed.released(CHAT);
    reached(["event.accepted", 5_000], ["event.snapshot", 5_001], ["event.final", 9_000]);
    expect(undisturbed.longestMs(CHAT)).toBe(0);
  });

  it("does not go on while something of the chat is held, nor over it", () => {
    reached(["event.delta", 0]);
    undisturbed.held(CHAT);
    reached(["event.delta", 4_000], ["event.delta", 5_000]);
    undisturbed.released(CHAT);
    reached(["event.delta", 6_000], ["event.final", 6_300]);
    expect(undisturbed.longestMs(CHAT)).toBe(300);
  });

  it("is the longest of a chat's runs, and its own", () => {
    reached(["event.delta", 0], ["event.final", 2_000], ["event.accepted", 3_000], ["event.delta", 3_100]);
    reached(["event.final", 3_200]);
    expect(undisturbed.longestMs(CHAT)).toBe(2_000);
    expect(undisturbed.longestMs(-1_001)).toBe(0);
  });
});
