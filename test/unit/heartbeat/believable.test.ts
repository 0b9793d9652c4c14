import { expect, it } from "vitest";
import { believable } from "../../../durable-objects/job-scheduler/heartbeat/believable.ts";

const NOW = Date.UTC(2026, 10, 23, 10);
const state = { isPaused: true, lastBeatAt: null, wakeAt: null, ownerActiveAt: 1, told: [], eventFailures: 0 };

it("a clock that was ahead once does not stop the heartbeat", () => {
  const later = NOW + 3_600_000;
  const wrong = { ...state, lastBeatAt: later, wakeAt: later, told: [{ hash: "a", at: later }] };
  expect(believable(wrong, NOW)).toEqual({ ...state, wakeAt: NOW });
});

it("times that can be right are kept", () => {
  const right = { ...state, lastBeatAt: NOW, wakeAt: NOW + 30_000, told: [{ hash: "a", at: NOW + 1 }] };
  expect(believable(right, NOW)).toEqual(right);
});
