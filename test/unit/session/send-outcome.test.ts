import { describe, expect, it } from "vitest";
import { outcomeOf, type Tried } from "../../../durable-objects/channel-session/send-outcome.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { ChannelError, type ChannelErrorCode } from "../../../protocol/errors.ts";

const NOW = 1_000;
const FIRST: Tried = { attempts: 0, resentAfterUnknown: false, isAnnouncement: false };

function failed(code: ChannelErrorCode, retryAfterMs?: number): ChannelError {
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new ChannelError(code, { channel: "telegram", method: "sendMessage" }, "no", options);
}

describe("outcomeOf", () => {
  it("makes a refused part a dead letter at once", () => {
    expect(outcomeOf(FIRST, failed("channel_refused"), false, NOW)).toMatchObject({ state: "dead" });
  });

  it("obeys Retry-After to the millisecond", () => {
    const outcome = outcomeOf(FIRST, failed("channel_rate_limited", 7_000), false, NOW);
    expect(outcome).toEqual({ state: "not_sent", dueAt: NOW + 7_000, resend: false });
  });

  it("tries again what was surely not sent, with growing and bounded pauses, for hours", () => {
    const pauses = Array.from({ length: OUTBOUND_BOUNDS.attemptsMax - 1 }, (_, attempts) => {
      const outcome = outcomeOf({ ...FIRST, attempts }, failed("channel_unreachable"), false, NOW);
      expect(outcome.state).toBe("not_sent");
      return outcome.dueAt - NOW;
    });
    expect(pauses.slice(0, 3)).toEqual([1_000, 2_000, 4_000]);
    expect(Math.max(...pauses)).toBe(OUTBOUND_BOUNDS.retryMaxMs);
    expect(pauses.reduce((sum, pause) => sum + pause)).toBeGreaterThan(12 * 3_600_000);
  });

  it("makes a part that was never reached a dead letter when its tries are used up", () => {
    const tried = { ...FIRST, attempts: OUTBOUND_BOUNDS.attemptsMax };
    expect(outcomeOf(tried, failed("channel_unreachable"), false, NOW).state).toBe("dead");
  });

  it("gives up a part that is put off by Retry-After every time, like any other", () => {
    const tried = { ...FIRST, attempts: OUTBOUND_BOUNDS.attemptsMax - 1 };
    expect(outcomeOf(tried, failed("channel_rate_limited", 7_000), false, NOW).state).toBe("dead");
  });

  it("sends what may have been shown once more after a pause, and marks it; a second doubt ends it", () => {
    const doubt = failed("channel_outcome_unknown");
    const again = { state: "unknown", dueAt: NOW + OUTBOUND_BOUNDS.resendUnknownMs, resend: true };
    expect(outcomeOf(FIRST, doubt, false, NOW)).toEqual(again);
    expect(outcomeOf({ ...FIRST, attempts: 1, resentAfterUnknown: true }, doubt, false, NOW).state).toBe("dead");
  });

  it("simply sends again on a channel that shows nothing twice", () => {
    const tried = { ...FIRST, attempts: 1, resentAfterUnknown: true };
    expect(outcomeOf(tried, failed("channel_outcome_unknown"), true, NOW).state).toBe("not_sent");
  });
});
