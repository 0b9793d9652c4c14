import { describe, expect, it } from "vitest";
import { minutesUntil } from "../../../durable-objects/channel-session/command-time.ts";

const MINUTE_MS = 60_000;

describe("the minutes that something is still good", () => {
  it("are ten for ten minutes that another object began to count a moment later", () => {
    expect(minutesUntil(10 * MINUTE_MS + 40, 0)).toBe("10");
  });

  it("are rounded up, and never fewer than one", () => {
    expect(minutesUntil(9.5 * MINUTE_MS, 0)).toBe("10");
    expect(minutesUntil(MINUTE_MS, 0)).toBe("1");
    expect(minutesUntil(0, 5)).toBe("1");
  });
});
