import { describe, expect, it } from "vitest";
import {
  type AskedFacts,
  gapFor,
  type OwnFacts,
  skipOf,
} from "../../../durable-objects/job-scheduler/heartbeat/gates.ts";
import { readActiveHours } from "../../../protocol/active-hours.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SLOT = Date.UTC(2026, 10, 23, 10);

const own: OwnFacts = {
  slot: SLOT,
  cause: "clock",
  everyMs: 30 * MINUTE,
  isPaused: false,
  lastBeatAt: SLOT - 30 * MINUTE,
  hasEvents: false,
  isRunning: false,
};
const asked: AskedFacts = {
  hasChecklist: true,
  ownerActiveAt: SLOT - HOUR,
  isLaneBusy: false,
  mayAfford: true,
  hasRoute: true,
  timezone: "UTC",
  activeHours: null,
};
const atNight = { activeHours: readActiveHours("22:00-06:00") };

describe("the gates of the heartbeat", () => {
  it("begin a beat that nothing speaks against", () => {
    expect(skipOf(own, asked)).toBeNull();
  });

  it("are asked in their order: the first that is closed is the outcome", () => {
    const closed = [
      ["paused", { isPaused: true }, {}],
      ["too_soon", { lastBeatAt: SLOT - HEARTBEAT_BOUNDS.apartMs + 1 }, {}],
      ["quiet_hours", {}, atNight],
      ["no_checklist", {}, { hasChecklist: false }],
      ["owner_away", {}, { ownerActiveAt: SLOT - 4 * DAY }],
      ["still_running", { isRunning: true }, {}],
      ["busy", {}, { isLaneBusy: true }],
      ["over_budget", {}, { mayAfford: false }],
      ["no_route", {}, { hasRoute: false }],
    ] as const;
    for (const [at, [outcome]] of closed.entries()) {
      const later = closed.slice(at);
      // The gate in question and all that come after it are closed. Later gates must not undo an earlier one.
      const facts = later.toReversed().reduce((sum, [, ours]) => ({ ...sum, ...ours }), own);
      const answers = later.toReversed().reduce((sum, [, , theirs]) => ({ ...sum, ...theirs }), asked);
      expect(skipOf(facts, answers)).toBe(outcome);
    }
  });

  it("let an event through that waits, though the checklist is empty and the owner is away", () => {
    const away = { ...asked, hasChecklist: false, ownerActiveAt: null };
    expect(skipOf({ ...own, hasEvents: true }, away)).toBeNull();
    expect(skipOf({ ...own, cause: "event", hasEvents: true }, away)).toBeNull();
    expect(skipOf({ ...own, cause: "event", hasEvents: true }, { ...away, ...atNight })).toBe("quiet_hours");
  });

  it("let the owner through at any hour, but not where there is nothing to do or to pay with", () => {
    const order = { ...own, cause: "owner", isPaused: true } as const;
    expect(skipOf(order, { ...asked, ...atNight, ownerActiveAt: null })).toBeNull();
    expect(skipOf(order, { ...asked, hasChecklist: false })).toBe("no_checklist");
    expect(skipOf(order, { ...asked, mayAfford: false })).toBe("over_budget");
    expect(skipOf({ ...order, lastBeatAt: SLOT - 1 }, asked)).toBe("too_soon");
  });
});

describe("an owner who has just written", () => {
  it("has the beat of the clock though they asked for one themselves shortly before", () => {
    expect(skipOf({ ...own, lastBeatAt: SLOT - 16 * MINUTE }, { ...asked, ownerActiveAt: SLOT - MINUTE })).toBeNull();
  });
});

describe("an owner who is silent", () => {
  it("is left alone longer the longer that lasts, and never longer than a day", () => {
    const every = 30 * MINUTE;
    const gaps = [0, 2.9, 3, 5.9, 6, 12, 24, 48, 96, 1_000].map(
      (days) => gapFor(SLOT, every, SLOT - days * DAY) / every,
    );
    expect(gaps).toEqual([1, 1, 2, 2, 4, 8, 16, 32, 48, 48]);
    expect(gapFor(SLOT, every, null)).toBe(HEARTBEAT_BOUNDS.idleMaxMs);
  });

  it("is not looked after more often because of that", () => {
    expect(gapFor(SLOT, 2 * DAY, null)).toBe(2 * DAY);
    expect(gapFor(SLOT, 2 * DAY, SLOT - 10 * DAY)).toBe(2 * DAY);
  });
});
