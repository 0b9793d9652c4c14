import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AgentDirectory } from "../../../durable-objects/agent-directory/object.ts";
import { ChannelSession } from "../../../durable-objects/channel-session/object.ts";
import { insertDelivery } from "../../../durable-objects/job-scheduler/deliveries.ts";
import { takeDue } from "../../../durable-objects/job-scheduler/due.ts";
import { forgetOldRuns } from "../../../durable-objects/job-scheduler/job-runs.ts";
import { pickRuns } from "../../../durable-objects/job-scheduler/run-picking.ts";
import { endRun, insertRun } from "../../../durable-objects/job-scheduler/runs.ts";
import { type NewRun, orderId } from "../../../durable-objects/job-scheduler/run-plan.ts";
import { openScheduler } from "../../../durable-objects/job-scheduler/scheduler-context.ts";
import { formatConversationKey, formatSessionKey } from "../../../protocol/session-key.ts";
import type { TaskOutcome } from "../../../protocol/tasks.ts";

const HOUR_MS = 3_600_000;
const SLOT = 1_700_000_000_000;
const PATIENCE = { timeout: 10_000, interval: 20 };
const ORIGIN = { session: null };
const HOURLY = {
  name: "Tea",
  schedule: { kind: "every", everyMs: HOUR_MS },
  payload: { kind: "agentTurn", message: "Tea?" },
  delivery: { mode: "none" },
} as const;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function worldOf(agent: string) {
  const scheduler = env.JOB_SCHEDULER.getByName(agent);
  const inside = <T>(work: (sql: SqlStorage, storage: DurableObjectStorage) => T | Promise<T>) =>
    runInDurableObject(scheduler, (_object, { storage }) => work(storage.sql, storage));
  return {
    scheduler,
    inside,
    runs: () => scheduler.listRuns({ limit: 100 }),
    wake: () => runDurableObjectAlarm(scheduler),
    deliveries: () =>
      inside((sql) =>
        sql
          .exec<{ delivery: string }>("SELECT delivery FROM deliveries")
          .toArray()
          .map(({ delivery }) => delivery),
      ),
  };
}

function runOf(agent: string, change: Partial<NewRun> = {}): NewRun {
  const to = formatSessionKey({ agent, channel: "web", chatKind: "direct", chatId: "owner" });
  return {
    runId: `water:${SLOT}`,
    jobId: "water",
    kind: "job",
    slot: SLOT,
    conversation: formatConversationKey({ kind: "job", agent, jobId: "water", runId: String(SLOT) }),
    plan: {
      name: "Water",
      delivery: { mode: "announce", to },
      work: { kind: "ask", text: "Dry?", timeoutMs: 60_000 },
    },
    ...change,
  };
}

function silentAgent() {
  vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise);
}

/** Plans the run, and waits until its session has it. */
async function order(agent: string, run: NewRun) {
  const world = worldOf(agent);
  await world.inside(async (sql, storage) => {
    insertRun(sql, run, Date.now());
    await storage.setAlarm(Date.now());
  });
  await world.wake();
  await vi.waitFor(async () => expect(await lookAt(agent)).toBeGreaterThan(Date.now() + 60_000), PATIENCE);
  return world;
}

function lookAt(agent: string) {
  return worldOf(agent).inside((sql) => sql.exec<{ due_at: number }>("SELECT due_at FROM runs").one().due_at);
}

function cameOf(run: NewRun, came: { kind: "answered"; text: string } | { kind: "failed"; code: string }): TaskOutcome {
  const { conversation } = run;
  const base = { id: orderId({ ...run, attempt: 1 }), turnId: null, conversation, usage: null, at: SLOT };
  return came.kind === "answered" ? { ...base, ...came, files: [] } : { ...base, ...came };
}

/** More of them than are under way at a time. */
function plugWebhooks(sql: SqlStorage) {
  const about = { jobId: "x", name: "X", runId: "x", slot: 0, startedAt: null, endedAt: 0 } as const;
  const event = { ...about, status: "ok", text: "", error: null, usage: null } as const;
  for (let index = 0; index < 25; index++) {
    const content = { kind: "webhook", url: "https://1.1.1.1/x", event } as const;
    insertDelivery(sql, { id: `w${index}`, runId: null, content }, 0);
  }
}

describe("a run whose outcome is late", () => {
  it("outlives a sleep of the whole machine, and is answered afterwards", async () => {
    silentAgent();
    const run = runOf("slept");
    const { scheduler, runs, wake } = await order("slept", run);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * HOUR_MS });
    await scheduler.watch();
    await wake();
    expect(await runs()).toMatchObject([{ status: null, error: null }]);
    await scheduler.runEnded(cameOf(run, { kind: "answered", text: "The fern." }));
    expect(await runs()).toMatchObject([{ status: "ok", summary: "The fern." }]);
  });

  it("is lost after it was watched for long, until its answer comes after all", async () => {
    silentAgent();
    const run = runOf("lost");
    const { scheduler, inside, runs } = await order("lost", run);
    await inside((sql) => sql.exec("UPDATE runs SET watched_ms = ?, due_at = 0", 4 * HOUR_MS));
    await scheduler.watch();
    await vi.waitFor(async () => expect(await runs()).toMatchObject([{ status: "error", error: "run_lost" }]));
    await scheduler.runEnded(cameOf(run, { kind: "failed", code: "deadline" }));
    expect(await runs()).toMatchObject([{ error: "run_lost" }]);
    await scheduler.runEnded(cameOf(run, { kind: "answered", text: "The fern." }));
    expect(await runs()).toMatchObject([{ status: "ok", error: null, delivery: "pending" }]);
  });

  it("is lost at once when its session has nothing more to say of it", async () => {
    silentAgent();
    const agent = "nothing-more";
    const { scheduler, inside, runs } = await order(agent, runOf(agent));
    const look = () => inside((sql) => sql.exec("UPDATE runs SET due_at = 0")).then(() => scheduler.watch());
    await look();
    await vi.waitFor(async () => expect(await lookAt(agent)).toBeGreaterThan(0));
    expect(await runs()).toMatchObject([{ status: null }]);
    const session = formatSessionKey({ agent, channel: "job", chatKind: "direct", chatId: "water" });
    await runInDurableObject(env.CHANNEL_SESSION.getByName(session), (_object, { storage }) => {
      storage.sql.exec("UPDATE inbox SET state = 'delivered'");
    });
    await look();
    await vi.waitFor(async () => expect(await runs()).toMatchObject([{ error: "run_lost" }]), PATIENCE);
  });

  it("has a transcript to be removed only if it may have begun", async () => {
    silentAgent();
    const agent = "unbegun";
    const run = runOf(agent, { kind: "heartbeat" });
    const { scheduler, inside } = await order(agent, run);
    await scheduler.runEnded(cameOf(run, { kind: "failed", code: "budget_spent" }));
    expect(await inside((sql) => sql.exec("SELECT phase, has_transcript AS kept FROM runs").one())).toEqual({
      phase: "ended",
      kept: 0,
    });
  });
});

describe("the alarm", () => {
  it("is set while everything that may be under way is", async () => {
    silentAgent();
    const { inside, scheduler } = worldOf("full");
    await inside(async (sql, storage) => {
      plugWebhooks(sql);
      await storage.deleteAlarm();
    });
    await scheduler.watch();
    expect(await inside((_sql, storage) => storage.getAlarm())).not.toBeNull();
  });

  it("is set again after a transaction that would have set it failed", async () => {
    const at = await runInDurableObject(worldOf("undone").scheduler, async (_object, state) => {
      await state.storage.deleteAlarm();
      const scheduler = openScheduler(state, env);
      scheduler.alarmOver();
      const fail = () =>
        scheduler.transact(() => {
          scheduler.stir(Date.now() + HOUR_MS);
          throw new Error("the disk is full");
        });
      expect(fail).toThrow("the disk is full");
      scheduler.stir(Date.now() + 2 * HOUR_MS);
      return state.storage.getAlarm();
    });
    expect(at).not.toBeNull();
  });

  it("is made up for by a beat that cannot be decided about", async () => {
    const { scheduler, inside, runs } = worldOf("undecided");
    await inside(async (sql, storage) => {
      const plan = { ...runOf("undecided").plan, work: { kind: "say", text: "stretch" } } as const;
      insertRun(sql, runOf("undecided", { plan }), Date.now());
      await storage.deleteAlarm();
    });
    vi.spyOn(AgentDirectory.prototype, "beatFacts").mockImplementation(() => {
      throw new Error("the directory is down");
    });
    await scheduler.beat(SLOT).catch(() => "as it should");
    expect(await runs()).toMatchObject([{ status: "ok" }]);
  });
});

describe("what is handed to others", () => {
  it("waits for no webhook that is slow", async () => {
    silentAgent();
    const agent = "slow-hooks";
    const { inside, scheduler, runs } = worldOf(agent);
    await inside((sql) => {
      plugWebhooks(sql);
      const plan = { ...runOf(agent).plan, work: { kind: "say", text: "stretch" } } as const;
      insertRun(sql, runOf(agent, { plan }), Date.now());
    });
    await scheduler.watch();
    await vi.waitFor(async () => expect(await runs()).toMatchObject([{ delivery: "delivered" }]), PATIENCE);
  });

  it("is given up when its chat cannot be reached for so many tries", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const agent = "unreachable";
    const { inside, scheduler, deliveries } = worldOf(agent);
    await inside((sql) => {
      const notice = { kind: "once_failed", jobId: "tea", name: "Tea", code: "x" } as const;
      for (const id of ["last", "one-too-many"]) {
        insertDelivery(sql, { id, runId: null, content: { kind: "notice", notice } }, Date.now());
      }
      sql.exec("UPDATE deliveries SET attempts = CASE delivery WHEN 'last' THEN 49 ELSE 50 END");
    });
    vi.spyOn(ChannelSession.prototype, "announceNotice").mockImplementation(() => {
      throw new Error("no session");
    });
    await scheduler.watch();
    await vi.waitFor(async () => expect(await deliveries()).toEqual(["last"]), PATIENCE);
  });
});

describe("jobs beside each other", () => {
  it("are run though one of them cannot be read", async () => {
    vi.spyOn(console, "log").mockReturnValue();
    const { scheduler, runs } = worldOf("poisoned");
    for (const name of ["aa", "bb"]) await scheduler.addJob({ ...HOURLY, name }, ORIGIN);
    await runInDurableObject(scheduler, (_object, state) => {
      const { sql } = state.storage;
      sql.exec("UPDATE jobs SET record = replace(record, 'agentTurn', 'ofLater') WHERE job = 'aa'");
      takeDue({ ...openScheduler(state, env), stir: () => {} }, Date.now() + HOUR_MS, () => {});
    });
    expect((await runs()).map(({ jobId }) => jobId)).toEqual(["bb"]);
  });

  it("have ids of their own as long as a run of the other one is open", async () => {
    silentAgent();
    const { scheduler } = worldOf("same-name");
    await scheduler.addJob(HOURLY, ORIGIN);
    await scheduler.runJob("tea");
    await vi.waitFor(async () => expect((await scheduler.listRuns({ limit: 1 }))[0]?.startedAt).not.toBeNull());
    await scheduler.removeJob("tea");
    expect(await scheduler.addJob(HOURLY, ORIGIN)).toMatchObject({ job: { id: "tea-2" } });
  });

  it("leave no session behind when they are removed while idle", async () => {
    const { scheduler, deliveries } = worldOf("idle-removed");
    await scheduler.addJob(HOURLY, ORIGIN);
    await scheduler.removeJob("tea");
    expect(await deliveries()).toEqual([expect.stringMatching(/^forget:tea:\d+$/)]);
  });

  it("are begun while those in the owner's conversation wait for it", () => {
    const open = (index: number, isMain: boolean, phase: "running" | "waiting") => {
      const main = formatConversationKey({ kind: "main", agent: "rooms" });
      const run = runOf("rooms", { runId: `j${index}:1`, jobId: `j${index}`, ...(isMain && { conversation: main }) });
      return { ...run, phase, attempt: 1, startedAt: null, dueAt: phase === "running" ? SLOT + 1 : 0, watchedMs: 0 };
    };
    const runs = [1, 2, 3, 4].map((index) => open(index, true, "running"));
    const picked = pickRuns([...runs, open(5, true, "waiting"), open(6, false, "waiting")], SLOT);
    expect(picked.map(({ jobId }) => jobId)).toEqual(["j6"]);
  });
});

it("the run log has an end also where no transcript is ever removed", async () => {
  const { inside } = worldOf("transcripts-left");
  const first = await inside((sql) => {
    const end = {
      status: "ok",
      error: null,
      text: "",
      usage: null,
      delivery: "delivered",
      hasTranscript: true,
    } as const;
    for (let slot = 0; slot < 4_010; slot++) {
      insertRun(sql, runOf("transcripts-left", { runId: `water:${slot}`, slot }), SLOT);
      endRun(sql, `water:${slot}`, end, SLOT);
    }
    forgetOldRuns(sql, SLOT);
    return sql.exec<{ slot: number }>("SELECT min(slot) AS slot FROM runs").one().slot;
  });
  expect(first).toBe(10);
});
