import { describe, expect, it } from "vitest";
import { planRun } from "../../../durable-objects/job-scheduler/job-plan.ts";
import {
  type RunResult,
  type Settled,
  settleDelivery,
  type SettledRun,
  settleRun,
} from "../../../durable-objects/job-scheduler/settle.ts";
import type { Delivery, JobView } from "../../../protocol/jobs.ts";
import { CREATED_AT, DAY_MS, HOUR_MS, jobOf, MINUTE_MS } from "../../unit/job-scheduler/jobs.ts";

const SLOT = CREATED_AT + HOUR_MS;
const NOW = SLOT + 10_000;
const OK: RunResult = { status: "ok", error: null };
const failed = (error: string): RunResult => ({ status: "error", error });
const TO_OWNER: Delivery = { mode: "announce", to: "owner" };

/** A job right after its run at `SLOT` was planned. */
function recurring(everyMs = HOUR_MS, state: Partial<JobView["state"]> = {}): JobView {
  const schedule = { kind: "every", everyMs, anchorMs: SLOT } as const;
  return jobOf(schedule, SLOT + everyMs, { lastSlot: SLOT, ...state });
}

function once(change: Partial<JobView> = {}, state: Partial<JobView["state"]> = {}): JobView {
  return { ...jobOf({ kind: "at", at: SLOT }, null, { lastSlot: SLOT, ...state }), ...change };
}

function runOf(job: JobView, slot = SLOT): SettledRun {
  return { ...planRun("main", job, { kind: "slot", slot }), startedAt: SLOT + 1 };
}

function manualRunOf(job: JobView): SettledRun {
  return { ...planRun("main", job, { kind: "manual", id: "by-hand", at: SLOT }), startedAt: SLOT + 1 };
}

const settle = (job: JobView, result: RunResult, now = NOW): Settled => settleRun(job, runOf(job), result, now);

/** The job after so many failures in a row, each as its next slot is due; and every notice on the way. */
function failTimes(job: JobView, times: number, pauseMs = HOUR_MS) {
  let current = job;
  let now = NOW;
  const notices = [];
  for (let time = 0; time < times; time++) {
    const { job: after, notice } = settle(current, failed("model_failed"), now);
    current = after ?? expect.fail("it has gone");
    if (notice) notices.push(notice);
    now += pauseMs;
  }
  return { job: current, notices, now };
}

describe("a job that recurs", () => {
  it("remembers what came of its last run", () => {
    const { job, retryAt, notice } = settle(recurring(), failed("agent_refused"));
    expect(job?.state).toMatchObject({ lastRunAt: SLOT + 1, lastStatus: "error", lastError: "agent_refused" });
    expect({ retryAt, notice }).toEqual({ retryAt: null, notice: null });
  });

  it("keeps pauses after failures that grow with them, and none after a success", () => {
    const pauses = Array.from({ length: 7 }, (_, before) => {
      const job = recurring(MINUTE_MS, { failuresInRow: before, lastSlot: NOW - 1, nextRunAt: NOW + MINUTE_MS });
      return (settle(job, failed("model_failed")).job?.state.nextRunAt ?? 0) - NOW;
    });
    // A slot that comes later than the pause keeps its time.
    expect(pauses).toEqual([50_000, 60_000, 300_000, 900_000, 3_600_000, 3_600_000, 3_600_000]);
    const paused = recurring(MINUTE_MS, { failuresInRow: 3, nextRunAt: NOW + HOUR_MS });
    expect(settle(paused, OK).job?.state).toMatchObject({ failuresInRow: 0, nextRunAt: SLOT + MINUTE_MS });
  });

  it("tells its owner of the second failure in a row, once, and of its recovery", () => {
    const { job, notices } = failTimes(recurring(), 5);
    expect(notices).toEqual([{ kind: "failing", jobId: "brief", name: "Brief", failures: 2, code: "model_failed" }]);
    const well = settle(job, OK);
    expect(well.notice).toEqual({ kind: "recovered", jobId: "brief", name: "Brief", failures: 5 });
    expect(well.job?.state).toMatchObject({ isAlerted: false, failuresInRow: 0 });
    expect(settle(well.job ?? job, OK).notice).toBeNull();
  });

  it("tells of no recovery if it told of no failure", () => {
    expect(settle(failTimes(recurring(), 1).job, OK).notice).toBeNull();
  });

  it("tells of the next incident only when the last notice is long enough ago", () => {
    const { job } = failTimes(recurring(), 2, 1_000);
    const well = settle(job, OK, NOW + 2_000).job ?? job;
    const soon = settle(settle(well, failed("x"), NOW + 3_000).job ?? well, failed("x"), NOW + 4_000);
    expect(soon.notice).toBeNull();
    expect(settle(soon.job ?? well, failed("x"), NOW + 1_000 + HOUR_MS).notice).toMatchObject({
      kind: "failing",
      failures: 3,
    });
  });

  it("tells nothing of failures if it is not to", () => {
    expect(failTimes({ ...recurring(), failureAlert: false }, 9).notices).toEqual([]);
  });

  it("is switched off after ten failures in a row, and its owner is told", () => {
    const { job, notices } = failTimes(recurring(), 10);
    expect(job).toMatchObject({ enabled: false, state: { nextRunAt: null } });
    expect(notices.map(({ kind }) => kind)).toEqual(["failing", "switched_off"]);
  });

  it("does not count a run that was stopped, or that the budget did not allow", () => {
    for (const status of ["stopped", "skipped"] as const) {
      const { job, retryAt } = settle(recurring(HOUR_MS, { failuresInRow: 1 }), { status, error: "budget_spent" });
      expect(job).toMatchObject({ enabled: true, state: { failuresInRow: 1, nextRunAt: SLOT + HOUR_MS } });
      expect(retryAt).toBeNull();
    }
  });

  it("tells its owner of what could not be delivered, not more often than of failures", () => {
    const job = recurring();
    const run = { ...runOf(job), status: "ok" } as const;
    const lost = settleDelivery(job, run, "failed", NOW);
    expect(lost.notice).toMatchObject({ kind: "undelivered", isKept: false });
    expect(settleDelivery(lost.job ?? job, run, "failed", NOW + 1).notice).toBeNull();
    expect(settleDelivery(job, run, "delivered", NOW)).toEqual({ job, retryAt: null, notice: null });
  });
});

describe("a job that comes once", () => {
  it("is tried three times more if the failure may pass, with pauses", () => {
    let job = once();
    const pauses = [];
    for (let tries = 0; tries < 3; tries++) {
      const settled = settle(job, failed("agent_throttled"));
      pauses.push((settled.retryAt ?? 0) - NOW);
      expect(settled.notice).toBeNull();
      job = settled.job ?? expect.fail("it has gone");
    }
    expect(pauses).toEqual([30_000, 60_000, 300_000]);
    const last = settle(job, failed("agent_throttled"));
    expect(last).toMatchObject({ retryAt: null, job: { enabled: false } });
    expect(last.notice).toMatchObject({ kind: "once_failed", code: "agent_throttled" });
  });

  it("is not tried again once it is switched off", () => {
    for (const result of [failed("agent_unavailable"), { status: "skipped", error: "budget_spent" } as const]) {
      expect(settle(once({ enabled: false }), result)).toMatchObject({ retryAt: null, job: { enabled: false } });
    }
  });

  it("is switched off and kept at a failure that will not pass", () => {
    const { job, retryAt, notice } = settle(once(), failed("model_key_missing"));
    expect(retryAt).toBeNull();
    expect(job).toMatchObject({ enabled: false, state: { nextRunAt: null, lastError: "model_key_missing" } });
    expect(notice).toMatchObject({ kind: "once_failed" });
  });

  it("removes itself when it has succeeded and nothing is to be delivered", () => {
    expect(settle(once(), OK).job).toBeNull();
    expect(settle(once({ delivery: TO_OWNER }), { status: "silent", error: null }).job).toBeNull();
  });

  it("stays, switched off, until what it said has arrived, and longer if it has not", () => {
    const waiting = settle(once({ delivery: TO_OWNER }), OK).job ?? expect.fail("it has gone");
    expect(waiting.enabled).toBe(false);
    const run = { ...runOf(waiting), status: "ok" } as const;
    expect(settleDelivery(waiting, run, "delivered", NOW).job).toBeNull();
    const { job, notice } = settleDelivery(waiting, run, "failed", NOW);
    expect(job).toMatchObject({ enabled: false });
    expect(notice).toMatchObject({ kind: "undelivered", isKept: true });
  });

  it("is kept after its run if it is to be", () => {
    const { job } = settle(once({ deleteAfterRun: false }), OK);
    expect(job).toMatchObject({ enabled: false, state: { lastStatus: "ok" } });
    const kept = once({ deleteAfterRun: false, delivery: TO_OWNER, enabled: false });
    expect(settleDelivery(kept, { ...runOf(kept), status: "ok" }, "delivered", NOW).job).toEqual(kept);
  });

  it("waits an hour at a time for the budget, a week at most", () => {
    const skipped: RunResult = { status: "skipped", error: "budget_spent" };
    expect(settle(once(), skipped)).toMatchObject({ retryAt: NOW + HOUR_MS, job: { enabled: true }, notice: null });
    const over = settle(once(), skipped, SLOT + 7 * DAY_MS);
    expect(over).toMatchObject({ retryAt: null, job: { enabled: false }, notice: { kind: "once_missed" } });
  });

  it("is not touched by the end of a run from before it was given another time", () => {
    const moved = once({ schedule: { kind: "at", at: SLOT + DAY_MS } }, { nextRunAt: SLOT + DAY_MS });
    for (const result of [OK, failed("agent_throttled"), { status: "stopped", error: null } as const]) {
      const { job, retryAt } = settleRun(moved, runOf(moved), result, NOW);
      expect(job).toMatchObject({ enabled: true, state: { nextRunAt: SLOT + DAY_MS } });
      expect(retryAt).toBeNull();
    }
    const run = { ...runOf(moved), status: "ok" } as const;
    expect(settleDelivery(moved, run, "delivered", NOW).job).toEqual(moved);
  });
});

describe("a run that somebody wants besides the schedule", () => {
  it("neither removes nor switches off a job that comes once", () => {
    const ahead = once({}, { nextRunAt: SLOT });
    for (const result of [OK, failed("model_key_missing"), { status: "stopped", error: null } as const]) {
      const { job, retryAt, notice } = settleRun(ahead, manualRunOf(ahead), result, NOW);
      expect(job).toMatchObject({ enabled: true, state: { nextRunAt: SLOT, failuresInRow: 0 } });
      expect({ retryAt, notice }).toEqual({ retryAt: null, notice: null });
    }
  });

  it("ends the failures of a job if it succeeds, and adds none if it fails", () => {
    const { job } = failTimes(recurring(), 3);
    expect(settleRun(job, manualRunOf(job), failed("x"), NOW).job?.state.failuresInRow).toBe(3);
    const well = settleRun(job, manualRunOf(job), OK, NOW);
    expect(well.job?.state).toMatchObject({ failuresInRow: 0, nextRunAt: SLOT + HOUR_MS });
    expect(well.notice).toMatchObject({ kind: "recovered" });
  });
});
