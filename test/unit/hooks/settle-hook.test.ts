import { describe, expect, it } from "vitest";
import { settleHook } from "../../../durable-objects/job-scheduler/settle-hook.ts";
import { JOB_BOUNDS } from "../../../protocol/own-work-bounds.ts";

const NOW = 1_700_000_000_000;
const PLAN = {
  name: "mail",
  delivery: { mode: "announce", to: "owner" },
  work: { kind: "ask", text: "x", timeoutMs: 1 },
} as const;
const run = (attempt: number, slot = NOW) => ({ runId: "hook:1", jobId: "hook-mail", slot, attempt, plan: PLAN });
const error = (code: string) => ({ status: "error", error: code }) as const;
const told = (code: string) => ({ kind: "hook_failed", jobId: "hook-mail", name: "mail", code });

describe("settleHook", () => {
  it("tries again what failed in passing, after longer and longer pauses, and then tells the owner", () => {
    const retries = [1, 2, 3, 4].map((attempt) => settleHook(run(attempt), error("agent_unavailable"), false, NOW));
    expect(retries.map(({ retryAt }) => retryAt && retryAt - NOW)).toEqual([...JOB_BOUNDS.retryPausesMs, null]);
    expect(retries.map(({ notice }) => notice)).toEqual([null, null, null, told("agent_unavailable")]);
  });

  it("tells the owner at once what will not pass, but not of each of many", () => {
    expect(settleHook(run(1), error("agent_refused"), false, NOW)).toEqual({
      retryAt: null,
      notice: told("agent_refused"),
    });
    expect(settleHook(run(1), error("agent_refused"), true, NOW)).toEqual({ retryAt: null, notice: null });
  });

  it("waits for the budget, but not for ever", () => {
    const skipped = { status: "skipped", error: "budget_spent" } as const;
    expect(settleHook(run(9), skipped, false, NOW)).toEqual({ retryAt: NOW + JOB_BOUNDS.skippedRetryMs, notice: null });
    const old = run(9, NOW - JOB_BOUNDS.catchUpOnceMs);
    expect(settleHook(old, skipped, false, NOW)).toEqual({ retryAt: null, notice: told("budget_spent") });
  });

  it.each(["ok", "silent", "stopped"] as const)("does nothing more when it ends %s", (status) => {
    expect(settleHook(run(1), { status, error: null }, false, NOW)).toEqual({ retryAt: null, notice: null });
  });
});
