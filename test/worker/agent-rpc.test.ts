import { abortAllDurableObjects, reset, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { importTokenKey, mintToken } from "../../durable-objects/agent-directory/agent-token.ts";
import type { AgentDirectory } from "../../durable-objects/agent-directory/object.ts";
import { CRON_VERBS, type RpcClaims, RPC_VERBS } from "../../protocol/agent-rpc.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { RPC_BOUNDS } from "../../protocol/own-work-bounds.ts";
import {
  type ConversationKey,
  formatConversationKey,
  formatSessionKey,
  type SessionKey,
} from "../../protocol/session-key.ts";
import { directory, dm, letIn, OWNER_DM, rows } from "./directory-world.ts";
import { adding, begin, JOB_RUN, JOB_SESSION, jobNamed, MAIN, post, type Turn, turnId, unique } from "./rpc-world.ts";

async function claimsOf(token: string): Promise<RpcClaims> {
  const [payload = ""] = token.split(".");
  const claims: RpcClaims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  return claims;
}

/** A token with the directory's own key, which nobody else has. */
function forge(changes: Partial<RpcClaims>, token: string): Promise<string> {
  return runInDurableObject(directory(), async (_object: AgentDirectory, { storage }) => {
    const { key } = storage.sql.exec<{ key: ArrayBuffer }>("SELECT key FROM rpc_key").one();
    return mintToken(await importTokenKey(key), { ...(await claimsOf(token)), ...changes });
  });
}

describe("a call of a running turn", () => {
  it("is carried out, for the chat that the turn is in", async () => {
    const { token } = await begin();
    const name = unique("stretch");
    const added = await post(token, adding(name));
    expect(added).toMatchObject({
      status: 200,
      body: { ok: true, result: { name, delivery: { mode: "announce", to: OWNER_DM } } },
    });
    expect(await jobNamed(name)).toHaveLength(1);
    const listed = await post(token, { verb: "cron.list", callId: unique("call-list") });
    expect(JSON.stringify(listed.body)).toContain(name);
  });

  it("does every verb, each under its own name", async () => {
    const { token } = await begin();
    const name = unique("verbs");
    await post(token, adding(name));
    const [job] = await jobNamed(name);
    const jobId = job?.id ?? expect.fail("no job");
    const ask = (call: object) => post(token, { callId: unique("call-verb"), ...call });
    expect(await ask({ verb: "cron.status" })).toMatchObject({
      status: 200,
      body: { result: { jobs: expect.any(Number) } },
    });
    expect(await ask({ verb: "cron.update", jobId, patch: { enabled: false } })).toMatchObject({
      status: 200,
      body: { result: { enabled: false } },
    });
    expect(JSON.stringify((await ask({ verb: "cron.list" })).body)).not.toContain(name);
    expect(JSON.stringify((await ask({ verb: "cron.list", includeDisabled: true })).body)).toContain(name);
    expect(await ask({ verb: "cron.run", jobId })).toMatchObject({
      status: 200,
      body: { result: { runId: expect.stringContaining(jobId) } },
    });
    expect(JSON.stringify((await ask({ verb: "cron.runs", jobId })).body)).toContain(jobId);
    expect(await ask({ verb: "cron.wake", text: "look", mode: "next-heartbeat" })).toMatchObject({ status: 200 });
    expect(await ask({ verb: "cron.remove", jobId })).toMatchObject({ status: 200, body: { result: { id: jobId } } });
    expect(await jobNamed(name)).toEqual([]);
    expect(await ask({ verb: "cron.remove", jobId })).toMatchObject({ status: 422, code: "refused" });
  });

  it("has one effect and one reply, however often and however much at once it is repeated", async () => {
    const { token } = await begin();
    const call = adding(unique("once"));
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(token, call)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await jobNamed(call.job.name)).toHaveLength(1);
    await post(token, {
      verb: "cron.remove",
      callId: unique("call-gone"),
      jobId: (await jobNamed(call.job.name))[0]?.id,
    });
    expect((await post(token, call)).body).toEqual(answers[0]?.body);
    expect(await jobNamed(call.job.name)).toEqual([]);
  });

  it("whose id was used for something else is refused, and so is that of another turn", async () => {
    const first = await begin();
    const call = adding(unique("mine"));
    expect(await post(first.token, call)).toMatchObject({ status: 200 });
    const other = adding(unique("other"), call.callId);
    expect(await post(first.token, other)).toMatchObject({ status: 409, code: "call_mismatch" });
    const second = await begin();
    expect(await post(second.token, call)).toMatchObject({ status: 409, code: "call_mismatch" });
    expect([await jobNamed(other.job.name), (await jobNamed(call.job.name)).length]).toEqual([[], 1]);
  });

  it("is one too many after so many of a turn, but what was answered is answered again", async () => {
    const { token } = await begin();
    const calls = Array.from({ length: RPC_BOUNDS.callsPerTurnMax }, () => ({
      verb: "cron.wake",
      callId: unique("call-many"),
      text: "look",
      mode: "next-heartbeat",
    }));
    for (const call of calls) expect(await post(token, call)).toMatchObject({ status: 200 });
    const late = adding(unique("late"));
    expect(await post(token, late)).toMatchObject({ status: 429, code: "too_many_calls" });
    expect(await jobNamed(late.job.name)).toEqual([]);
    expect(await post(token, calls[0])).toMatchObject({ status: 200 });
    expect(await post(token, { verb: "cron.status", callId: unique("call-look") })).toMatchObject({ status: 200 });
    expect(await post((await begin()).token, late)).toMatchObject({ status: 200 });
  });
});

describe("a token", () => {
  /** Each makes what is sent of the token of a running turn. */
  const BAD: Readonly<Record<string, (turn: Turn) => Promise<string | null> | string | null>> = {
    "that is missing": () => null,
    "that is empty": () => "x",
    "without a mac": ({ token }) => token.split(".")[0] ?? "",
    "with another mac": ({ token }) => `${token.split(".")[0] ?? ""}.${"A".repeat(43)}`,
    "with a mac in another spelling": ({ token }) => `${token}=`,
    "with something behind it": ({ token }) => `${token}.${token}`,
    "that is far too long": ({ token }) => `${token}${"A".repeat(10_000)}`,
    "with tampered claims": async ({ token }) => {
      const claims = { ...(await claimsOf(token)), conversation: "agent:main:person:telegram-9" };
      return `${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.${token.split(".")[1] ?? ""}`;
    },
    "of another key": async ({ token }) =>
      mintToken(await importTokenKey(new Uint8Array(32).fill(7).buffer), await claimsOf(token)),
    "of another agent": ({ token }) => forge({ agent: "other" }, token),
  };

  it.each(Object.keys(BAD))("%s is refused, and nothing is changed", async (what) => {
    const turn = await begin();
    const call = adding(unique("bad"));
    const answer = await post((await BAD[what]?.(turn)) ?? null, call);
    expect(answer).toMatchObject({ status: 401, code: "token_bad" });
    expect(await jobNamed(call.job.name)).toEqual([]);
    // What was refused has used nothing up.
    expect(await post(turn.token, call)).toMatchObject({ status: 200 });
  });

  it("that has expired is refused", async () => {
    const turn = await begin();
    const call = adding(unique("expired"));
    const old = await forge({ expiresAt: Date.now() - 1 }, turn.token);
    expect(await post(old, call)).toMatchObject({ status: 401, code: "token_expired" });
    expect(await jobNamed(call.job.name)).toEqual([]);
    const { expiresAt } = await claimsOf(turn.token);
    expect(expiresAt).toBeGreaterThan(Date.now());
  });

  it("does not open what its verbs do not name", async () => {
    const turn = await begin();
    const call = adding(unique("verb"));
    const less = await forge({ verbs: RPC_VERBS.filter((verb) => verb !== "cron.add") }, turn.token);
    expect(await post(less, call)).toMatchObject({ status: 403, code: "verb_not_allowed" });
    expect(await post(turn.token, { ...call, verb: "sessions.list" })).toMatchObject({
      status: 403,
      code: "verb_not_allowed",
    });
    expect(await jobNamed(call.job.name)).toEqual([]);
  });

  it("of an old fence, of a turn that is over, and of another turn's conversation is refused", async () => {
    const turn = await begin();
    const call = adding(unique("fence"));
    const again = await directory().beginTurn(MAIN, turn.turnId, OWNER_DM, 0);
    expect(await post(turn.token, call)).toMatchObject({ status: 409, code: "fence_lost" });
    const elsewhere = formatConversationKey({ kind: "person", agent: "main", personId: "telegram-77" });
    const moved = await forge({ conversation: elsewhere }, turn.token);
    expect(await post(moved, call)).toMatchObject({ status: 409, code: "fence_lost" });
    const stranger = await forge({ turnId: turnId(), fence: again.kind === "granted" ? again.fence : 0 }, turn.token);
    expect(await post(stranger, call)).toMatchObject({ status: 409, code: "fence_lost" });
    const newest = again.kind === "granted" ? again : expect.fail(again.kind);
    await directory().endTurn(MAIN, turn.turnId, newest.fence);
    expect(await post(newest.edgeToken, call)).toMatchObject({ status: 409, code: "fence_lost" });
    expect(await jobNamed(call.job.name)).toEqual([]);
  });

  it("opens jobs to turns of the owner's conversation alone, and not to planned ones; all others get their credentials anew", async () => {
    const chat = unique("9000").replaceAll("-", "");
    await letIn(chat);
    const person = formatConversationKey({ kind: "person", agent: "main", personId: `telegram-${chat}` });
    const group = formatConversationKey({
      kind: "group",
      agent: "main",
      channel: "telegram",
      chatKind: "group",
      chatId: "-100",
    });
    const groupSession = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "group", chatId: "-100" });
    const begun = (conversation: ConversationKey, session = dm(chat)) =>
      directory().beginTurn(conversation, turnId(), session, 0);
    const tokenOf = async (turn: ReturnType<typeof begun>) => {
      const reply = await turn;
      if (reply.kind !== "granted") return expect.fail(reply.kind);
      expect((await claimsOf(reply.edgeToken)).verbs).toEqual(reply.edgeVerbs);
      return reply.edgeToken;
    };
    const turns = [begun(person), begun(group, groupSession), begun(JOB_RUN, JOB_SESSION)];
    await directory().revokeTurn(MAIN);
    const tokens = [...(await Promise.all(turns.map(tokenOf))), await tokenOf(begun(MAIN, JOB_SESSION))];
    for (const token of tokens) {
      expect((await claimsOf(token)).verbs).toEqual(["credentials"]);
      for (const verb of CRON_VERBS) {
        const call = { ...adding(unique("others")), verb };
        expect(await post(token, call), verb).toMatchObject({ status: 403, code: "verb_not_allowed" });
      }
    }
    expect((await claimsOf((await begin()).token)).verbs).toEqual(RPC_VERBS);
  });

  it("is good for the longest turn that it is for", async () => {
    const leftMs = async (conversation: ConversationKey, session: SessionKey) => {
      await directory().revokeTurn(conversation);
      const before = Date.now();
      const reply = await directory().beginTurn(conversation, turnId(), session, 0);
      return (await claimsOf(reply.kind === "granted" ? reply.edgeToken : "")).expiresAt - before;
    };
    expect(await leftMs(MAIN, OWNER_DM)).toBeGreaterThanOrEqual(TURN_BOUNDS.turnMaxMs);
    expect(await leftMs(MAIN, OWNER_DM)).toBeLessThan(TURN_BOUNDS.jobTurnMaxMs);
    expect(await leftMs(JOB_RUN, JOB_SESSION)).toBeGreaterThanOrEqual(TURN_BOUNDS.jobTurnMaxMs);
  });

  it("is checked with the same key by the next instance of the directory", async () => {
    const turn = await begin();
    const keys = () =>
      runInDurableObject(
        directory(),
        (_object, { storage }) => storage.sql.exec("SELECT key FROM rpc_key").toArray().length,
      );
    expect(await keys()).toBe(1);
    await abortAllDurableObjects();
    expect(await post(turn.token, adding(unique("evicted")))).toMatchObject({ status: 200 });
    expect(await keys()).toBe(1);
  });

  it("that does not look like one costs no call to the directory", async () => {
    await reset();
    for (const token of ["x", "x.y", `${"A".repeat(5_000)}.${"A".repeat(43)}`, `a.b.${"A".repeat(43)}`]) {
      expect(await post(token, adding(unique("form")))).toMatchObject({ status: 401, code: "token_bad" });
    }
    // It makes its key when it is asked first.
    expect(await rows("SELECT id FROM rpc_key")).toEqual([]);
    expect(await post(`a.${"A".repeat(43)}`, adding(unique("form")))).toMatchObject({ code: "token_bad" });
    expect(await rows("SELECT id FROM rpc_key")).toHaveLength(1);
  });

  it("is in no line of the log", async () => {
    const written: string[] = [];
    const spies = (["log", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((line: unknown) => void written.push(String(line))),
    );
    const turn = await begin();
    await post(turn.token, adding(unique("secret")));
    await post(`${turn.token}x`, adding(unique("secret")));
    for (const spy of spies) spy.mockRestore();
    expect(written.join("\n")).toContain("agent_called");
    expect(written.join("\n")).not.toContain(turn.token.split(".")[1]);
    expect(written.join("\n")).not.toContain("do secret");
  });
});

describe("a body", () => {
  it("larger than any call is refused before it is read", async () => {
    const { token } = await begin();
    const call = { ...adding(unique("large")), padding: "x".repeat(RPC_BOUNDS.bodyMaxBytes) };
    expect(await post(token, call)).toMatchObject({ status: 413, code: "too_large" });
  });

  it.each([
    ["", "body"],
    ["{", "body"],
    ["null", "body"],
    ["[]", "body"],
    ['{"verb":1}', "body"],
  ])("that is %j is no call", async (body) => {
    expect(await post((await begin()).token, body)).toMatchObject({ status: 400, code: "malformed_call" });
  });

  it("that is wrong inside is told where, and never what stands there", async () => {
    const { token } = await begin();
    const call = {
      ...adding("A name"),
      job: { name: "", schedule: { kind: "at" }, payload: { kind: "reminder", text: 7 }, hidden: "value-1234" },
    };
    const answer = await post(token, call);
    expect(answer).toMatchObject({ status: 400, code: "malformed_call" });
    const message = JSON.stringify(answer.body);
    for (const place of ["job.name", "job.schedule.at", "job.payload.text", "job.hidden"])
      expect(message).toContain(place);
    expect(message).not.toContain("value-1234");
  });

  it("of another type is refused", async () => {
    const { token } = await begin();
    const call = adding(unique("type"));
    expect(await post(token, call, { "content-type": "text/plain" })).toMatchObject({
      status: 400,
      code: "malformed_call",
    });
    expect(await post(token, call, { "content-type": "application/json; charset=utf-8" })).toMatchObject({
      status: 200,
    });
  });

  it("is judged after the token: a stranger learns nothing of what a call is", async () => {
    expect(await post("x.y", "{")).toMatchObject({ status: 401, code: "token_bad" });
    expect(await post(null, { verb: "cron.add" })).toMatchObject({ status: 401, code: "token_bad" });
  });
});
