import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { nextSlot, readInterval, tickOf } from "../../../worker/heartbeat/interval.ts";

const MINUTE = 60_000;
/** 2026-11-01T00:00Z. */
const START = Date.UTC(2026, 10, 1);

describe("HEARTBEAT_EVERY", () => {
  it("is whole minutes, hours or days; a number alone is minutes", () => {
    expect(["30m", "45", "2h", "1d", " 7D ", "0m", "0"].map(readInterval)).toEqual([
      30 * MINUTE,
      45 * MINUTE,
      120 * MINUTE,
      1_440 * MINUTE,
      7 * 1_440 * MINUTE,
      0,
      0,
    ]);
  });

  it("is nothing else", () => {
    for (const text of ["", "30s", "m", "1.5h", "-5m", "30 min", "8d", "1h30m", "off", "1e3"]) {
      expect([text, readInterval(text)]).toEqual([text, null]);
    }
  });
});

describe("a tick", () => {
  const month = Array.from({ length: 43_200 }, (_, minute) => START + minute * MINUTE);

  it("is a beat in whole intervals since the epoch, also in those that do not divide a day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_080 }), fc.integer({ min: 0, max: 43_199 }), (minutes, at) => {
        const time = START + at * MINUTE;
        expect(tickOf(time, minutes * MINUTE) === "beat").toBe((time / MINUTE) % minutes === 0);
      }),
    );
    expect(month.filter((time) => tickOf(time, 30 * MINUTE) === "beat")).toHaveLength(1_440);
  });

  it("that comes some seconds late is the one of its minute", () => {
    expect(tickOf(START + 59_999, 30 * MINUTE)).toBe("beat");
  });

  it("wakes nothing at all but for its beats if those come at least once an hour", () => {
    for (const minutes of [7, 30, 60]) {
      expect(new Set(month.map((time) => tickOf(time, minutes * MINUTE)))).toEqual(new Set(["beat", "none"]));
    }
  });

  it("looks after the scheduler once an hour where beats are rare or off", () => {
    for (const everyMs of [0, 1_440 * MINUTE]) {
      const kinds = month.map((time) => tickOf(time, everyMs));
      const beats = kinds.filter((kind) => kind === "beat").length;
      expect([everyMs, beats, beats + kinds.filter((kind) => kind === "watch").length]).toEqual([
        everyMs,
        everyMs === 0 ? 0 : 30,
        720,
      ]);
    }
  });

  it("is announced as the first slot after now", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_080 }), fc.integer({ min: 0, max: 1e9 }), (minutes, later) => {
        const now = START + later;
        const at = nextSlot(now, minutes * MINUTE) ?? 0;
        expect(tickOf(at, minutes * MINUTE)).toBe("beat");
        expect(at > now && at - now <= minutes * MINUTE).toBe(true);
      }),
    );
    expect(nextSlot(START, 0)).toBeNull();
    expect(HEARTBEAT_BOUNDS.everyMinMs).toBe(MINUTE);
  });
});
