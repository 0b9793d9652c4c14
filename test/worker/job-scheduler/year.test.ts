import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { onRunEnded, takeDue } from "../../../durable-objects/job-scheduler/due.ts";
import type { JobNotice } from "../../../durable-objects/job-scheduler/job-notice.ts";
import { nextDueAt } from "../../../durable-objects/job-scheduler/job-rows.ts";
import { addJob, findJob } from "../../../durable-objects/job-scheduler/jobs.ts";
import { endRun, readRun } from "../../../durable-objects/job-scheduler/runs.ts";
import { openScheduler, type SchedulerContext } from "../../../durable-objects/job-scheduler/scheduler-context.ts";
import type { JobView } from "../../../protocol/jobs.ts";
import { FailingSql } from "../failing-sql.ts";
import { awakeAfter, runsOfYear, slotsOfYear } from "./expected-runs.ts";
import { readWallClock } from "./wall-clocks.ts";
import { type Outage, seededRandom, YEAR_FROM, YEAR_TO, yearJobs, yearOutages, ZONES } from "./year-jobs.ts";

const DAY_MS = 86_400_000;

it("a year of 200 jobs in twelve time zones and 500 outages runs every slot once or by its rule, and none early", async () => {
  // A line for each gap would be thousands.
  vi.spyOn(console, "log").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const random = seededRandom(20_261_123);
  const wanted = yearJobs(random);
  const outages = yearOutages(random);
  const awakeAt = awakeAfter(outages);
  const began = performance.now();
  const { jobs, observed, notices, crashes } = await runInDurableObject(
    env.JOB_SCHEDULER.getByName("year-of-jobs"),
    (_object, state) => {
      const year = new Year(state, outages, seededRandom(7));
      const made = wanted.map((input) => year.add(input));
      year.live(awakeAt);
      const { observed, notices, crashes } = year;
      return { observed, notices, crashes, jobs: made.map((job) => ({ job, missed: year.missedOf(job.id) })) };
    },
  );
  const lived = performance.now();

  const clocks = new Map(ZONES.map((zone) => [zone, readWallClock(zone, YEAR_FROM - DAY_MS, YEAR_TO)]));
  const byJob = Map.groupBy(observed, ({ jobId }) => jobId);
  const written = ({ slot, at }: { slot: number; at: number }) => `${slot} at ${at}`;
  const sums = { slots: 0, runs: 0, late: 0, missed: 0, gaps: 0 };
  for (const { job, missed } of jobs) {
    const slots = slotsOfYear(job.schedule, clocks);
    const lasts = (slot: number) => durationOf(job.id, slot);
    const expected = runsOfYear(slots, { isOnce: job.schedule.kind === "at", lasts, awakeAt });
    const seen = byJob.get(job.id) ?? [];
    const what = JSON.stringify(job.schedule);
    const runs = seen.filter(({ isMissed }) => !isMissed);
    expect(runs.map(written), what).toEqual(expected.runs.map(written));
    expect(new Set(seen.map(({ slot }) => slot)).size, what).toBe(seen.length);
    expect(runs.filter(({ slot, at }) => at < slot)).toEqual([]);
    expect(seen.filter(({ isMissed }) => isMissed).length, what).toBe(expected.gaps);
    if (missed !== null) expect(missed, what).toBe(expected.missed);
    sums.slots += slots.length;
    sums.runs += runs.length;
    sums.late += runs.filter(({ slot, at }) => at > slot).length;
    sums.missed += expected.missed;
    sums.gaps += expected.gaps;
  }
  expect(sums.runs + sums.missed).toBeLessThanOrEqual(sums.slots);
  expect(notices.map(({ kind }) => kind)).toEqual(["once_missed"]);
  expect(clocks.get("Europe/Berlin")?.changes).toHaveLength(2);
  const took = { livedMs: Math.round(lived - began), checkedMs: Math.round(performance.now() - lived) };
  vi.restoreAllMocks();
  console.log("a year of jobs", { jobs: jobs.length, outages: outages.length, crashes, ...sums, ...took });
}, 120_000);

type Observed = {
  readonly jobId: string;
  readonly slot: number;
  readonly at: number;
  readonly isMissed: boolean;
};

/** The scheduler's own code and database, by a clock of its own. */
class Year {
  readonly observed: Observed[] = [];
  readonly notices: JobNotice[] = [];
  crashes = 0;
  readonly #state: DurableObjectState;
  readonly #outages: readonly Outage[];
  readonly #random: () => number;
  readonly #open = new Map<string, number>();
  #scheduler: SchedulerContext;
  #seq = 0;

  constructor(state: DurableObjectState, outages: readonly Outage[], random: () => number) {
    this.#state = state;
    this.#outages = outages;
    this.#random = random;
    this.#scheduler = this.#restart();
  }

  add(input: ReturnType<typeof yearJobs>[number]): JobView {
    const draft = { ...input, delivery: { mode: "none" }, timezone: "UTC" } as const;
    const outcome = addJob(this.#scheduler, draft, YEAR_FROM);
    return outcome.ok ? outcome.job : expect.fail(outcome.refusal.message);
  }

  live(awakeAt: (at: number) => number): void {
    let now = YEAR_FROM;
    let outage = 0;
    for (;;) {
      const dueAt = nextDueAt(this.#scheduler.sql) ?? Infinity;
      now = awakeAt(Math.max(now, Math.min(dueAt, ...this.#open.values())));
      if (now >= YEAR_TO) return;
      for (; (this.#outages[outage]?.to ?? Infinity) <= now; outage++) this.#scheduler = this.#restart();
      this.#endRuns(now);
      if (this.#random() < 0.05) this.#takeAndCrash(now);
      takeDue(this.#scheduler, now, (notice) => this.notices.push(notice));
      this.#look(now);
    }
  }

  /** What the job itself has counted; null: it has removed itself. */
  missedOf(jobId: string): number | null {
    return findJob(this.#scheduler, jobId)?.state.missed ?? null;
  }

  #restart(): SchedulerContext {
    return { ...openScheduler(this.#state, env), stir: () => {} };
  }

  #endRuns(now: number): void {
    const { sql, transact } = this.#scheduler;
    for (const [runId, endsAt] of this.#open) {
      if (endsAt > now) continue;
      const run = readRun(sql, runId) ?? expect.fail("a run is gone");
      transact(() => {
        onRunEnded(this.#scheduler, run, { status: "silent", error: null }, now);
        endRun(sql, runId, SILENT, now);
      });
      this.#open.delete(runId);
    }
  }

  /** Dies at one of its next writes: what the transaction had written by then is gone, what was committed before is not. */
  #takeAndCrash(now: number): void {
    const failing = new FailingSql(this.#scheduler.sql);
    failing.failAfter(Math.floor(this.#random() * 6), 1);
    const told: JobNotice[] = [];
    const transact = <T>(work: () => T): T => {
      told.length = 0;
      const done = this.#scheduler.transact(work);
      this.notices.push(...told);
      return done;
    };
    try {
      takeDue({ ...this.#scheduler, sql: failing.sql, transact }, now, (notice) => told.push(notice));
    } catch (error) {
      if (!(error instanceof Error) || error.message !== "the disk is full") throw error;
      this.crashes++;
    }
    this.#scheduler = this.#restart();
  }

  #look(now: number): void {
    const query = "SELECT seq, run, job, slot, status FROM runs WHERE seq > ? ORDER BY seq";
    for (const row of this.#scheduler.sql.exec<NewRow>(query, this.#seq)) {
      this.#seq = row.seq;
      const isMissed = row.status === "missed";
      this.observed.push({ jobId: row.job, slot: row.slot, at: now, isMissed });
      if (!isMissed) this.#open.set(row.run, now + durationOf(row.job, row.slot));
    }
  }
}

type NewRow = { seq: number; run: string; job: string; slot: number; status: string | null };

const SILENT = {
  status: "silent",
  error: null,
  text: "",
  usage: null,
  delivery: "kept_back",
  hasTranscript: false,
} as const;

/** Most runs take seconds, some minutes, a few hours; that of a slot always the same time. */
function durationOf(jobId: string, slot: number): number {
  const random = seededRandom(slot ^ (Number(jobId.replace(/\D/g, "")) * 7_919));
  random();
  const kind = random();
  const most = kind < 0.8 ? 60_000 : kind < 0.97 ? 600_000 : 3 * 3_600_000;
  return 1_000 + Math.floor(random() * most);
}
