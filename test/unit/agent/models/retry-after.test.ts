import { describe, expect, it } from "vitest";
import { retryAfterOf } from "../../../../agent-container/src/agent/models/retry-after.ts";

const NOW = Date.UTC(2026, 0, 1);

describe("retryAfterOf", () => {
  it.each([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": " 0.5 " }, 500],
    [{ "retry-after": "7", "retry-after-ms": "1500" }, 1_500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
    [{ "retry-after": "Wed, 31 Dec 2025 23:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-3" }, undefined],
    [{}, undefined],
  ])("reads %j as %s ms", (headers, ms) => {
    expect(retryAfterOf({ ...headers }, NOW)).toBe(ms);
  });
});
