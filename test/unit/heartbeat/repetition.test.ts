import { describe, expect, it } from "vitest";
import { hashOf, toldWith } from "../../../durable-objects/job-scheduler/heartbeat/repetition.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";

const HOUR = 3_600_000;

describe("what a beat has told", () => {
  it("is the same by its words, whatever stands around them", () => {
    const same = ["Water the plants!", "**water** the  plants", "water\nthe plants.", "WATER THE PLANTS"];
    expect(new Set(same.map(hashOf)).size).toBe(1);
    expect(new Set(["Water the plants", "Water the plant", "Water 2 plants", "🌱", "🔥", "…"].map(hashOf)).size).toBe(
      6,
    );
  });

  it("is told again only after a day, also if something else was told meanwhile", () => {
    const first = toldWith([], "water the plants", 0) ?? [];
    const both = toldWith(first, "call Ada", HOUR) ?? [];
    expect(toldWith(both, "Water the plants.", 2 * HOUR)).toBeNull();
    expect(toldWith(both, "water the plants", HEARTBEAT_BOUNDS.duplicateMs - 1)).toBeNull();
    expect(toldWith(both, "water the plants", HEARTBEAT_BOUNDS.duplicateMs)).toHaveLength(2);
  });

  it("is remembered up to a bound, the newest", () => {
    let told = toldWith([], "0", 0) ?? [];
    for (let at = 1; at < HEARTBEAT_BOUNDS.toldKept + 5; at += 1) told = toldWith(told, String(at), at) ?? [];
    expect(told).toHaveLength(HEARTBEAT_BOUNDS.toldKept);
    expect(told.at(-1)?.at).toBe(HEARTBEAT_BOUNDS.toldKept + 4);
  });
});
