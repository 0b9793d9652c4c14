import { describe, expect, it } from "vitest";
import { TelegramRefusal } from "../../../local/telegram-api.ts";
import { PollingFailures, POLLING_FAILURE_BOUNDS } from "../../../local/telegram-failures.ts";
import { WORDS_MAX } from "../../../local/terminal-text.ts";
import { backoffMs } from "../../../protocol/backoff.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";

const { refusalsMax, refusedFirstMs, refusedMaxMs, retryFirstMs, retryMaxMs } = POLLING_FAILURE_BOUNDS;
const refusal = (status: number, retryAfterMs: number | null = null) =>
  new TelegramRefusal(status, "Unauthorized", retryAfterMs);
const many = (count: number, error: Error) => {
  const failures = new PollingFailures();
  return Array.from({ length: count }, () => failures.add(error));
};

describe("PollingFailures", () => {
  it.each([401, 404, 409])("takes %i for final only after several in a row, and then asks now and then", (status) => {
    const found = many(refusalsMax + 8, refusal(status));
    const early = found.slice(0, refusalsMax - 1);
    const late = found.slice(refusalsMax - 1);
    expect(early.map(({ problem }) => problem)).toEqual(early.map(() => null));
    expect(early[0]?.waitMs).toBe(retryFirstMs);
    expect(late[0]).toMatchObject({ waitMs: refusedFirstMs, problem: expect.any(String) });
    expect(late.at(-1)?.waitMs).toBe(refusedMaxMs);
  });

  it("begins to count anew when something else comes between, or a success", () => {
    const failures = new PollingFailures();
    for (const between of [() => failures.add(refusal(0)), () => failures.end()]) {
      for (let n = 1; n < refusalsMax; n += 1) expect(failures.add(refusal(401)).problem).toBeNull();
      between();
    }
    expect(failures.add(refusal(401))).toMatchObject({ problem: null, waitMs: retryFirstMs });
  });

  it("waits longer and longer for an answer, but never long", () => {
    const waits = many(20, refusal(0)).map(({ waitMs }) => waitMs);
    expect(waits.slice(0, 3)).toEqual([retryFirstMs, 2 * retryFirstMs, 4 * retryFirstMs]);
    expect(waits.at(-1)).toBe(retryMaxMs);
    expect(backoffMs(1_000_000, POLLING_FAILURE_BOUNDS)).toBe(retryMaxMs);
  });

  it("honours Telegram's own wish", () => {
    const { retryAfterMaxMs } = OUTBOUND_BOUNDS;
    expect(many(1, refusal(429, retryAfterMaxMs))[0]).toMatchObject({ waitMs: retryAfterMaxMs });
  });

  it("repeats of a hostile server's words what a terminal only shows, and not all of many", () => {
    const evil = `\u001b[2J\u009b31m\u202egnorw\n${"x".repeat(1_000_052)}`;
    for (const error of [new TelegramRefusal(418, evil), new TelegramRefusal(0, evil), new Error(evil)]) {
      const { problem } = many(1, error)[0] ?? {};
      expect(problem).toMatch(/^(?:[a-z ]+\((?:418 )?)?\[2J31mgnorw x+…\)?$/);
      expect(problem?.length).toBeLessThan(WORDS_MAX + 50);
    }
  });

  it("goes on after an error that nobody foresaw", () => {
    expect(many(1, new Error("odd"))).toEqual([
      { kind: "passing", level: "warn", problem: "odd", waitMs: retryFirstMs },
    ]);
  });
});
