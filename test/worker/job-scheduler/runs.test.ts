import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { insertRun, listRuns } from "../../../durable-objects/job-scheduler/runs.ts";
import { type NewRun, orderId, type RunPlan } from "../../../durable-objects/job-scheduler/run-plan.ts";
import type { RunView } from "../../../protocol/jobs.ts";
import { formatConversationKey, formatSessionKey, type SessionKey } from "../../../protocol/session-key.ts";
import type { TaskOutcome } from "../../../protocol/tasks.ts";

const SLOT = 1_700_000_000_000;
const PATIENCE = { timeout: 10_000, interval: 20 };

afterEach(() => {
  vi.restoreAllMocks();
});

/** A scheduler of an agent of its own, so that no test sees what another one has left. */
function schedulerOf(agent: string) {
  const scheduler = env.JOB_SCHEDULER.getByName(agent);
  const chat = formatSessionKey({ agent, channel: "web", chatKind: "direct", chatId: "owner" });
  return {
    chat,
    plan: (run: NewRun) =>
      runInDurableObject(scheduler, async (_object, { storage }) => {
        const isNew = insertRun(storage.sql, run, Date.now());
        await storage.setAlarm(Date.now());
        return isNew;
      }),
    runs: (): Promise<readonly RunView[]> =>
      runInDurableObject(scheduler, (_object, { storage }) => listRuns(storage.sql, { limit: 100 })),
    wake: () => runDurableObjectAlarm(scheduler),
    tell: (outcome: TaskOutcome) => scheduler.runEnded(outcome),
  };
}

function runOf(agent: string, work: RunPlan["work"], to: SessionKey): NewRun {
  const jobId = "water-plants";
  const runId = `${jobId}:${SLOT}`;
  return {
    runId,
    jobId,
    kind: "job",
    slot: SLOT,
    conversation: formatConversationKey({ kind: "job", agent, jobId, runId: String(SLOT) }),
    plan: { name: "Water the plants", delivery: { mode: "announce", to }, work },
  };
}

const ASK = { kind: "ask", text: "Which plants are dry?", timeoutMs: 60_000 } as const;

function said(chat: SessionKey): Promise<readonly string[]> {
  return runInDurableObject(env.CHANNEL_SESSION.getByName(chat), (_object, { storage: { sql } }) => {
    const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").toArray();
    if (tables.length === 0) return [];
    const rows = sql.exec<{ markdown: string }>("SELECT markdown FROM outbox ORDER BY seq").toArray();
    return rows.map(({ markdown }) => markdown);
  });
}

/** An agent that takes everything and says nothing. */
function silentAgent() {
  vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise);
}

function outcomeOf(run: NewRun, attempt: number, text: string): TaskOutcome {
  const { conversation } = run;
  const id = orderId({ ...run, attempt });
  return { id, turnId: null, conversation, usage: null, at: SLOT, kind: "answered", text, files: [] };
}

describe("a reminder", () => {
  it("is said once in its chat, without an agent, however often it is planned", async () => {
    const fetch = vi.spyOn(globalThis, "fetch");
    const { chat, plan, runs, wake } = schedulerOf("reminded");
    const run = runOf("reminded", { kind: "say", text: "stretch" }, chat);
    expect(await plan(run)).toBe(true);
    expect(await plan(run)).toBe(false);
    await vi.waitFor(async () => {
      await wake();
      expect(await runs()).toMatchObject([{ status: "ok", delivery: "delivered", summary: "⏰ stretch" }]);
    }, PATIENCE);
    expect(await said(chat)).toEqual(["⏰ stretch"]);
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("a run that asks the agent", () => {
  const taskSession = (agent: string) =>
    formatSessionKey({ agent, channel: "job", chatKind: "direct", chatId: "water-plants" });

  function inboxOf(agent: string) {
    return runInDurableObject(env.CHANNEL_SESSION.getByName(taskSession(agent)), (_object, { storage }) =>
      storage.sql
        .exec<{ inbound_id: string; conversation: string }>("SELECT inbound_id, conversation FROM inbox")
        .toArray(),
    );
  }

  it("is ordered once from the session of its job, and is in no list of chats", async () => {
    silentAgent();
    const { chat, plan, wake } = schedulerOf("orders");
    const run = runOf("orders", ASK, chat);
    await plan(run);
    await wake();
    await wake();
    await vi.waitFor(async () => {
      expect(await inboxOf("orders")).toEqual([
        { inbound_id: `run:water-plants:${SLOT}:1`, conversation: run.conversation },
      ]);
    });
    expect(await env.AGENT_DIRECTORY.getByName("orders").listSessions()).toEqual([]);
  });

  it("ends with what its session tells first, whatever it tells afterwards", async () => {
    silentAgent();
    const { chat, plan, runs, wake, tell } = schedulerOf("ends");
    const run = runOf("ends", ASK, chat);
    await plan(run);
    await wake();
    await vi.waitFor(async () => expect(await runs()).toMatchObject([{ status: null }]));
    await tell(outcomeOf(run, 2, "of a try that never was"));
    expect(await runs()).toMatchObject([{ status: null }]);
    await tell(outcomeOf(run, 1, "The fern."));
    await tell(outcomeOf(run, 1, "The fern, again."));
    await vi.waitFor(async () => {
      await wake();
      expect(await runs()).toMatchObject([{ status: "ok", summary: "The fern.", delivery: "delivered" }]);
    }, PATIENCE);
    expect(await said(chat)).toEqual(["The fern."]);
  });

  it.each(["NO_REPLY", " \n", ""])("says nothing when it has nothing to say: %j", async (text) => {
    silentAgent();
    const agent = `silent${text.length}`;
    const { chat, plan, runs, wake, tell } = schedulerOf(agent);
    const run = runOf(agent, ASK, chat);
    await plan(run);
    await wake();
    await vi.waitFor(async () => expect(await runs()).toMatchObject([{ status: null }]));
    await tell(outcomeOf(run, 1, text));
    expect(await runs()).toMatchObject([{ status: "silent", delivery: "kept_back" }]);
    expect(await said(chat)).toEqual([]);
  });
});
