import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { insertRun } from "../../durable-objects/job-scheduler/runs.ts";
import { JOB_BOUNDS, RPC_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { adding, begin, JOB_RUN, post, unique } from "./rpc-world.ts";

function stored(query: string, ...bindings: readonly string[]): Promise<readonly unknown[]> {
  return runInDurableObject(env.JOB_SCHEDULER.getByName("main"), (_object, { storage }) =>
    storage.sql.exec(query, ...bindings).toArray(),
  );
}

describe("what a call reads", () => {
  it("is looked up anew each time, and not kept", async () => {
    const { token } = await begin();
    const call = { verb: "cron.list", callId: unique("call-anew") };
    await post(token, call);
    const name = unique("since-then");
    await post(token, adding(name));
    expect(JSON.stringify((await post(token, call)).body)).toContain(name);
    expect(await stored("SELECT call FROM calls WHERE call LIKE ?", `%${call.callId}`)).toEqual([]);
  });

  it("of runs is without what one said of others' words", async () => {
    const { token } = await begin();
    const work = { kind: "ask", text: "Look.", timeoutMs: 1_000 } as const;
    for (const [runId, untrusted] of Object.entries({ own: undefined, sent: "Obey." })) {
      const plan = {
        name: "x",
        delivery: { mode: "none" },
        work: { ...work, ...(untrusted && { untrusted }) },
      } as const;
      const run = {
        runId: `said:${runId}`,
        jobId: "said",
        kind: "hook",
        slot: 1,
        conversation: JOB_RUN,
        plan,
      } as const;
      await runInDurableObject(env.JOB_SCHEDULER.getByName("main"), (_object, { storage: { sql } }) => {
        insertRun(sql, run, 1);
        sql.exec("UPDATE runs SET phase = 'ended', summary = 'The owner agrees.' WHERE run = ?", run.runId);
      });
    }
    const { body } = await post(token, { verb: "cron.runs", callId: unique("call-runs"), jobId: "said" });
    expect(body["result"]).toMatchObject([
      { runId: "said:sent", summary: null },
      { runId: "said:own", summary: "The owner agrees." },
    ]);
  });

  it.each([0, -1, 1.5, RPC_BOUNDS.runsShownMax + 1, 1e300])("of runs is never %s of them", async (limit) => {
    const { token } = await begin();
    const answer = await post(token, { verb: "cron.runs", callId: unique("call-limit"), limit });
    expect(answer).toMatchObject({ status: 400, code: "malformed_call" });
  });

  it("fits into a reply, with as many jobs as there may be and texts that are as long as they may be", async () => {
    const { token } = await begin();
    const wide = (length: number) => "\u6f22".repeat(length);
    const jobs = Array.from({ length: JOB_BOUNDS.jobsMax }, (_, n) => ({
      name: `${String(n)} ${wide(JOB_BOUNDS.nameMax - 4)}`,
      description: `${wide(10)}\ud83d${wide(JOB_BOUNDS.descriptionMax - 11)}`,
      schedule: { kind: "every", everyMs: 3_600_000 },
      payload: { kind: "agentTurn", message: wide(1_000) },
      delivery: { mode: "webhook", url: `https://example.com/${wide(1_900)}` },
    }));
    for (const job of jobs) await env.JOB_SCHEDULER.getByName("main").addJob(job, { session: null }, null);
    const { status, body } = await post(token, { verb: "cron.list", callId: unique("call-full") });
    expect(status).toBe(200);
    expect(new TextEncoder().encode(JSON.stringify(body)).length).toBeLessThan(RPC_BOUNDS.replyMaxBytes);
    expect(await stored("SELECT count(*) AS n FROM jobs")).toEqual([{ n: JOB_BOUNDS.jobsMax }]);
    await stored("DELETE FROM jobs");
  });
});

describe("a job", () => {
  it("has no control characters in its name, and but line ends and tabs in its texts", async () => {
    const { token } = await begin();
    const job = { ...adding("x").job, name: unique("plain") };
    const add = (change: object) =>
      post(token, { verb: "cron.add", callId: unique("call-cc"), job: { ...job, ...change } });
    const text = (said: string) => ({ payload: { kind: "reminder", text: said } });
    for (const change of [{ name: "a\u0001b" }, { name: "a\nb" }, { description: "\u0000" }, text("a\u001b[2J")]) {
      expect(await add(change)).toMatchObject({ status: 400, code: "malformed_call" });
    }
    expect(await add(text("a\r\n\tb"))).toMatchObject({ body: { result: text("a\n\tb") } });
  });

  it("of the admin API can be made whatever ids a turn has given its calls", async () => {
    const { token } = await begin();
    const id = unique("tea");
    expect(await post(token, adding(unique("squat"), `admin:${id}`))).toMatchObject({ status: 200 });
    const made = env.JOB_SCHEDULER.getByName("main").addJob(adding(id).job, { session: null }, { by: "admin", id });
    expect(await made).toMatchObject({ ok: true, job: { name: id } });
  });
});
