import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HOOK_BOUNDS, JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { onHookDeliveryEnded } from "../../durable-objects/job-scheduler/hook-end.ts";
import { orderId } from "../../durable-objects/job-scheduler/run-plan.ts";
import { readRun } from "../../durable-objects/job-scheduler/runs.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { createApp } from "../../worker/app.ts";
import { directory, OWNER_DM, set } from "./directory-world.ts";
import { hook, NOTHING, plans, runs, scheduler, TOKEN, written } from "./hooks-world.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const key = (name: string) => ({ headers: { "idempotency-key": name } });

describe("who may use the hooks", () => {
  const from = (ip: string, headers: Record<string, string>) => ({ headers: { "cf-connecting-ip": ip, ...headers } });

  it("takes the token as a bearer, or as OpenClaw's header", async () => {
    expect(await hook("wake", { text: "hello" })).toMatchObject({ status: 200, body: { ok: true } });
    const openClaw = { headers: { authorization: "", "x-openclaw-token": TOKEN } };
    expect(await hook("wake", { text: "hello" }, openClaw)).toMatchObject({ status: 200 });
  });

  it.each([
    ["none", { authorization: "" }],
    ["a wrong one", { authorization: `Bearer ${TOKEN}x` }],
    ["the admin's", { authorization: "Bearer admin-token-for-tests" }],
    ["another scheme", { authorization: `Basic ${TOKEN}` }],
    ["a wrong header", { authorization: "", "x-openclaw-token": "wrong" }],
    ["one without end", { authorization: `Bearer ${"x".repeat(2_000)}` }],
  ])("answers 401 to %s", async (what, headers) => {
    const refused = await hook("agent", { message: "hello" }, from(what, headers));
    expect(refused).toMatchObject({ status: 401, body: { error: "unauthorized" } });
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect(await written()).toEqual(NOTHING);
  });

  it.each(["token", "access_token", "TOKEN", "hooksToken", "api_key"])(
    "answers 400 to a token in the address, as %s, though the header has it too",
    async (name) => {
      const refused = await hook(`wake?${name}=${TOKEN}`, { text: "hello" });
      expect(refused).toMatchObject({ status: 400, body: { error: "token_in_address" } });
      expect(JSON.stringify(refused.body)).not.toContain(TOKEN);
      expect(await written()).toEqual(NOTHING);
    },
  );

  it("answers 429 after too many wrong tokens of an address, and never to the right one", async () => {
    const wrong = from("192.0.2.1", { authorization: "Bearer wrong" });
    for (let n = 0; n < HOOK_BOUNDS.badTokensMax; n += 1) {
      expect((await hook("wake", { text: "x" }, wrong)).status).toBe(401);
    }
    const late = await hook("wake", { text: "x" }, wrong);
    expect(late).toMatchObject({ status: 429, body: { error: "too_many_tries" } });
    const seconds = Number(late.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(HOOK_BOUNDS.badTokensWindowMs / 1_000);
    expect((await hook("wake", { text: "x" }, from("192.0.2.1", {}))).status).toBe(200);
    expect((await hook("wake", { text: "x" }, from("192.0.2.2", { authorization: "Bearer wrong" }))).status).toBe(401);
  });

  it.each(["wake", "agent", "gmail"])("answers 503 for /hooks/%s while there is no token", async (name) => {
    const request = new Request(`https://claw.test/hooks/${name}`, { method: "POST", body: "{}" });
    const response = await createApp().fetch(request, { ...env, HOOKS_TOKEN: "" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: "hooks_not_configured" });
  });
});

describe("what a request must be", () => {
  it.each(["GET", "PUT", "DELETE"])("answers 405 to %s", async (method) => {
    const body = method === "GET" ? null : "{}";
    const refused = await hook("wake", "", { method, body });
    expect(refused).toMatchObject({ status: 405 });
    expect(refused.headers.get("allow")).toBe("POST");
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])(
    "answers 415 to a body of type %j",
    async (type) => {
      const refused = await hook("wake", { text: "x" }, { headers: { "content-type": type } });
      expect(refused).toMatchObject({ status: 415 });
    },
  );

  it.each(["application/json; charset=utf-8", "application/cloudevents+json"])("takes %s", async (type) => {
    expect((await hook("wake", { text: "x" }, { headers: { "content-type": type } })).status).toBe(200);
  });

  it.each(["", "{", "null", "[]", '"x"', "[".repeat(100) + "]".repeat(100), "\u0000"])(
    "answers 400 to the body %j",
    async (body) => {
      expect(await hook("wake", body)).toMatchObject({ status: 400, body: { error: "malformed_body" } });
      expect(await hook("agent", body)).toMatchObject({ status: 400, body: { error: "malformed_body" } });
      expect(await written()).toEqual(NOTHING);
    },
  );

  it("answers 413 to a body over 256 KiB, before it is parsed, announced or not", async () => {
    const big = new Uint8Array(HOOK_BOUNDS.bodyMaxBytes + 1).fill(0x7b);
    for (const body of [big, new Blob([big]).stream()]) {
      expect(await hook("agent", "", { body })).toMatchObject({ status: 413, body: { error: "too_large" } });
    }
    const just = `{"message":"x"}${" ".repeat(HOOK_BOUNDS.bodyMaxBytes - 15)}`;
    expect((await hook("agent", just)).status).toBe(200);
  });

  it.each(["nowhere", "__proto__", "constructor", "toString", "WAKE"])("answers 404 to the hook %s", async (name) => {
    expect(await hook(name, {})).toMatchObject({ status: 404, body: { error: "unknown_hook" } });
  });
});

describe("/hooks/wake", () => {
  it("keeps an event that is not believed, and answers when it has", async () => {
    const taken = await hook("wake", { text: " The kettle boils. ", mode: "next-heartbeat" });
    expect(taken).toMatchObject({ status: 200, body: { ok: true, mode: "next-heartbeat" } });
    const events = await runInDurableObject(scheduler(), (_object, { storage }) =>
      storage.sql.exec("SELECT text, is_trusted FROM events").toArray(),
    );
    expect(events).toEqual([{ text: "The kettle boils.", is_trusted: 0 }]);
  });

  it.each([
    {},
    { text: "" },
    { text: "  " },
    { text: "x".repeat(4_001) },
    { text: "x", mode: "soon" },
    { text: "x", at: 1 },
  ])("answers 400 to %j", async (body) => {
    expect(await hook("wake", body)).toMatchObject({ status: 400, body: { error: "malformed_body" } });
    expect(await written()).toEqual(NOTHING);
  });
});

describe("/hooks/agent", () => {
  it("plans a run of its own and answers with its id, without waiting for it", async () => {
    const taken = await hook("agent", { message: "The build <b>failed</b>.", name: "CI #7", timeoutSeconds: 30 });
    const runId = String(taken.body["runId"]);
    expect(taken).toMatchObject({ status: 200, body: { ok: true, runIds: [runId] } });
    expect(runId).toMatch(/^hook:[\da-f-]{36}$/);
    expect(await runs()).toMatchObject([
      {
        runId,
        jobId: "hook-agent",
        kind: "hook",
        status: null,
        conversation: `agent:main:job:hook-agent:run:${runId.slice(5)}`,
      },
    ]);
    const work = { kind: "ask", text: expect.any(String), untrusted: "The build <b>failed</b>.", timeoutMs: 30_000 };
    expect(await plans()).toEqual([{ name: "CI 7", delivery: { mode: "announce", to: "owner" }, work }]);
    expect(JSON.stringify((await plans()).map((plan) => Object(plan).work.text))).not.toContain("build");
  });

  it("goes by model, thinking and time of the request, and tells nobody if that is not wanted", async () => {
    await set({ "models.aliases": { fast: "bedrock/quick" } });
    const wishes = {
      model: "FAST",
      thinking: "low",
      timeoutSeconds: 0,
      deliver: false,
      to: "telegram:999",
      agentId: "main",
    };
    expect((await hook("agent", { message: "x", ...wishes })).status).toBe(200);
    expect(await plans()).toMatchObject([
      {
        delivery: { mode: "none" },
        work: { model: "bedrock/quick", thinking: "low", timeoutMs: JOB_BOUNDS.runLongestMs },
      },
    ]);
  });

  it("tells the chat that is named, if somebody who is let in has written there", async () => {
    const conversation = formatConversationKey({ kind: "main", agent: "main" });
    await directory().report({ session: OWNER_DM, conversation, deadLetters: [] });
    for (const place of [
      { to: "telegram:7" },
      { channel: "telegram", to: "7" },
      { to: OWNER_DM },
      { channel: "last", to: OWNER_DM },
    ]) {
      expect((await hook("agent", { message: "x", ...place })).status).toBe(200);
    }
    expect(await plans()).toMatchObject(Array(4).fill({ delivery: { mode: "announce", to: OWNER_DM } }));
  });

  it.each([
    { to: "telegram:999" },
    { channel: "telegram", to: "999" },
    { to: "agent:main:job:direct:hook-agent" },
    { to: "nonsense" },
  ])("answers 400 to an unknown chat, %j", async (place) => {
    expect(await hook("agent", { message: "x", ...place })).toMatchObject({
      status: 400,
      body: { error: "unknown_chat" },
    });
    expect(await written()).toEqual(NOTHING);
  });

  it.each([
    [{}, "message: is missing."],
    [{ message: "" }, "message: is empty."],
    [{ message: "x".repeat(20_001) }, "message: is longer than 20000 characters."],
    [{ message: "x", agentId: "work" }, "agentId: there is one agent here"],
    [{ message: "x", sessionKey: "hook:1" }, "sessionKey: each request is a conversation of its own"],
    [{ message: "x", model: "gpt" }, "model: must be provider/model"],
    [{ message: "x", model: "openai/gpt" }, "model: needs OPENAI_API_KEY, which is not set."],
    [{ message: "x", channel: "telegram" }, "to: is missing"],
    [{ message: "x", timeoutSeconds: -1 }, "timeoutSeconds: must be"],
    [{ message: "x", thinking: "much" }, "thinking: must be"],
    [{ message: "x", wakeMode: "later" }, "wakeMode: must be"],
    [{ message: "x", colour: "red" }, "colour: is unknown here."],
  ])("answers 400 to %j and says why", async (body, why) => {
    const refused = await hook("agent", body);
    expect(refused).toMatchObject({ status: 400, body: { error: "malformed_body" } });
    expect(refused.body["message"]).toContain(why);
    expect(await written()).toEqual(NOTHING);
  });

  it("answers 503 while too many runs wait, and says when to come back", async () => {
    await runInDurableObject(scheduler(), (_object, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO runs (run, job, kind, slot, phase, due_at, attempt, plan, conversation, delivery)
         SELECT 'hook:' || i, 'hook-busy', 'hook', 1, 'waiting', 9e15, 1, '{}', 'agent:main:job:hook-busy:run:' || i, 'pending' FROM n`,
        HOOK_BOUNDS.runsWaitingMax,
      );
    });
    const refused = await hook("agent", { message: "x" });
    expect(refused).toMatchObject({ status: 503, body: { error: "busy" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await written()).toMatchObject({ runs: HOOK_BOUNDS.runsWaitingMax });
  });
});

describe("an idempotency key", () => {
  it("makes one run of a request that is repeated, and of many at once", async () => {
    const first = await hook("agent", { message: "x" }, key("k-1"));
    const again = await Promise.all(Array.from({ length: 20 }, () => hook("agent", { message: "x" }, key("k-1"))));
    for (const { status, body } of again) expect([status, body]).toEqual([200, first.body]);
    expect(await written()).toEqual({ runs: 1, events: 0, keys: 1 });
    const together = await Promise.all(Array.from({ length: 20 }, () => hook("wake", { text: "x" }, key("k-2"))));
    expect(new Set(together.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await written()).toEqual({ runs: 1, events: 1, keys: 2 });
  });

  it("is refused with 409 when it comes with something else, and stands for each hook by itself", async () => {
    expect((await hook("agent", { message: "x" }, key("k"))).status).toBe(200);
    expect(await hook("agent", { message: "y" }, key("k"))).toMatchObject({
      status: 409,
      body: { error: "key_reused" },
    });
    expect((await hook("wake", { text: "x" }, key("k"))).status).toBe(200);
    expect(await written()).toEqual({ runs: 1, events: 1, keys: 2 });
  });

  it("is none, if there is none: each request is a run", async () => {
    await hook("agent", { message: "x" });
    await hook("agent", { message: "x" });
    expect(await written()).toEqual({ runs: 2, events: 0, keys: 0 });
  });

  it.each(["", "x".repeat(201), "two words"])("is refused with 400 if it is %j", async (name) => {
    expect(await hook("agent", { message: "x" }, key(name))).toMatchObject({
      status: 400,
      body: { error: "malformed_key" },
    });
  });

  it("is forgotten after a day, and of many the oldest", async () => {
    await hook("wake", { text: "x" }, key("old"));
    await runInDurableObject(scheduler(), (_object, { storage }) => {
      storage.sql.exec("UPDATE hook_keys SET at = at - ?", HOOK_BOUNDS.keysKeptMs);
    });
    expect((await hook("wake", { text: "other" }, key("old"))).status).toBe(200);
    await runInDurableObject(scheduler(), (_object, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO hook_keys (key, digest, runs, at) SELECT 'wake/item/' || i, '', '[]', ? FROM n`,
        HOOK_BOUNDS.keysKept,
        Date.now(),
      );
    });
    await hook("wake", { text: "x" }, key("new"));
    expect(await written()).toMatchObject({ keys: HOOK_BOUNDS.keysKept });
    expect((await hook("agent", { message: "x" }, key("mine"))).status).toBe(200);
    expect(await written()).toMatchObject({ keys: HOOK_BOUNDS.keysKept + 1 });
    expect((await hook("wake", { text: "third" }, key("old"))).status).toBe(200);
  });
});

it.each(["agent", "wake"])("what cannot be stored is a 503, and /hooks/%s has changed nothing", async (name) => {
  await runInDurableObject(scheduler(), (_object, { storage }) => {
    // Runs and events are written by then.
    storage.sql.exec(
      "CREATE TRIGGER full BEFORE INSERT ON hook_keys BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    );
  });
  const body = { agent: { message: "x" }, wake: { text: "x" } }[name];
  expect(await hook(name, body, key("k"))).toMatchObject({ status: 503, body: { error: "not_stored" } });
  await runInDurableObject(scheduler(), (_object, { storage }) => {
    storage.sql.exec("DROP TRIGGER full");
  });
  expect(await written()).toEqual(NOTHING);
  expect((await hook(name, body, key("k"))).status).toBe(200);
});

it("a run that failed for good is told to the owner, once an hour for each hook", async () => {
  for (const text of ["one", "two"]) {
    const { body } = await hook("agent", { message: text });
    await vi.waitFor(async () => expect(await runs()).toHaveProperty("0.startedAt", expect.any(Number)));
    const failed = { kind: "failed", code: "agent_refused", turnId: null, usage: null, at: Date.now() } as const;
    const [run] = await runs();
    if (!run) expect.fail("there is no run");
    const id = orderId({ runId: String(body["runId"]), attempt: 1 });
    await scheduler().runEnded({ ...failed, id, conversation: run.conversation });
    expect((await runs())[0]).toMatchObject({ status: "error", error: "agent_refused", delivery: "not_requested" });
  }
  const notices = await runInDurableObject(scheduler(), (_object, { storage }) =>
    storage.sql.exec<{ content: string }>("SELECT content FROM deliveries").toArray(),
  );
  expect(notices.map(({ content }): unknown => JSON.parse(content))).toMatchObject([
    { kind: "notice", notice: { kind: "hook_failed", name: "agent", code: "agent_refused" } },
  ]);
});

it("an answer that did not arrive is told to the owner, once an hour for each hook, and as doubtful if it is", async () => {
  const told: unknown[] = [];
  for (const status of ["in_doubt", "failed"] as const) {
    await hook("agent", { message: "x" });
    told.push(
      await runInDurableObject(scheduler(), (_object, { storage: { sql } }) => {
        const { run } = sql.exec<{ run: string }>("SELECT run FROM runs ORDER BY seq DESC LIMIT 1").one();
        sql.exec("UPDATE runs SET delivery = ?, ended_at = ? WHERE run = ?", status, Date.now(), run);
        const ended = readRun(sql, run);
        return ended && onHookDeliveryEnded(sql, ended, status, Date.now());
      }),
    );
  }
  expect(told).toEqual([
    { kind: "undelivered", jobId: "hook-agent", name: "agent", isKept: false, isInDoubt: true },
    null,
  ]);
});
