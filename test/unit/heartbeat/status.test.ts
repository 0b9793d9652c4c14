import { describe, expect, it } from "vitest";
import { describeHeartbeat } from "../../../cli/verbs/heartbeat.ts";
import { BEAT_ENDS, BEAT_SKIPS, type HeartbeatStatus } from "../../../protocol/heartbeat.ts";
import { heartbeatLines, orderText } from "../../../protocol/heartbeat-text.ts";
import { HEARTBEAT_DE, HEARTBEAT_EN } from "../../../protocol/texts/heartbeat.ts";

const NOW = Date.UTC(2026, 10, 23, 10, 5);
const SLOT = Date.UTC(2026, 10, 23, 10);
const usage = {
  model: "anthropic/claude-haiku-5",
  inputTokens: 1_000,
  outputTokens: 20,
  cacheReadTokens: 300,
  cacheWriteTokens: 4,
  costUsd: 0.00123,
};
const status: HeartbeatStatus = {
  everyMs: 1_800_000,
  isPaused: false,
  activeHours: "08:00-22:00",
  timezone: "UTC",
  model: "anthropic/claude-haiku-5",
  hasChecklist: true,
  events: 2,
  nextAt: SLOT + 1_800_000,
  beats: [
    { slot: SLOT, outcome: "told", usage },
    { slot: SLOT - 1_800_000, outcome: "quiet_hours", usage: null },
  ],
};

describe("how the heartbeat stands", () => {
  it("is told with hours, next beat, what came of the last ones and what they cost", () => {
    const lines = describeHeartbeat(status, NOW);
    expect(lines).toEqual([
      "💓 Heartbeat: every 30 minutes",
      "Hours: 08:00-22:00",
      "Model: anthropic/claude-haiku-5",
      HEARTBEAT_EN.hasChecklist.replaceAll("`", ""),
      "Waiting to be told: 2",
      expect.stringContaining("Next: Nov 23, 2026, 10:30"),
      "",
      "Last:",
      expect.stringMatching(/^- Nov 23, 2026, 10:00.*: told you something \(1324 tokens, \$0\.0012\)$/u),
      expect.stringMatching(/: outside of its hours$/u),
    ]);
  });

  it("says that it is off, by whom, and where there is nothing to look at", () => {
    const off = { ...status, everyMs: null, isPaused: true, hasChecklist: false, nextAt: null, events: 0, beats: [] };
    for (const texts of [HEARTBEAT_EN, HEARTBEAT_DE]) {
      expect(heartbeatLines({ ...off, activeHours: null, model: null }, texts, { language: "en", now: NOW })).toEqual([
        texts.clockOff,
        texts.paused,
        texts.noChecklist,
      ]);
    }
  });

  it("has words for every outcome", () => {
    for (const texts of [HEARTBEAT_EN, HEARTBEAT_DE]) {
      const said = [...BEAT_SKIPS, ...BEAT_ENDS].map((outcome) => orderText(outcome, texts));
      expect(new Set(said).size).toBe(BEAT_SKIPS.length + BEAT_ENDS.length);
      expect(said.join("\n")).not.toMatch(/undefined/);
    }
  });

  it("is shown as it is if another release says it otherwise", () => {
    expect(describeHeartbeat({ outcome: "dancing" }, NOW)).toEqual(["outcome  dancing"]);
    expect(describeHeartbeat({ outcome: "no_checklist" }, NOW)).toEqual([
      "💓 No heartbeat now: nothing on the checklist.",
    ]);
    expect(describeHeartbeat({ isPaused: false }, NOW)).toEqual([HEARTBEAT_EN.switchedOn]);
  });
});
