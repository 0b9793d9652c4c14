import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DATA_SESSION_SECONDS } from "../../protocol/deployment.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { directory, dm, letIn } from "./directory-world.ts";
import { RPC_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { post, turnId, unique } from "./rpc-world.ts";

/** What STS was asked for, in order. */
let asked: URLSearchParams[];
/** With what it answers; anything but 200 is a refusal. */
let status: number;

beforeEach(() => {
  [asked, status] = [[], 200];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const form = new URLSearchParams(await new Request(input, init).text());
    if (form.get("Action") !== "AssumeRole") return new Response(null, { status: 503 });
    asked.push(form);
    if (status !== 200) return new Response("<Error><Code>Throttling</Code></Error>", { status });
    const end = new Date(Date.now() + DATA_SESSION_SECONDS * 1_000).toISOString();
    const key = `ASIA${String(asked.length)}`;
    const keys = `<AccessKeyId>${key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`;
    return new Response(`<AssumeRoleResponse>${keys}<Expiration>${end}</Expiration></AssumeRoleResponse>`);
  });
});
afterEach(() => void vi.restoreAllMocks());

const ask = (token: string, callId = unique("turn-1:credentials")) => post(token, { verb: "credentials", callId });

/** A turn of somebody whose space nobody has asked STS for yet. */
async function personTurn() {
  const chat = unique("9100").replaceAll("-", "");
  await letIn(chat);
  const conversation = formatConversationKey({ kind: "person", agent: "main", personId: `telegram-${chat}` });
  const id = turnId();
  const reply = await directory().beginTurn(conversation, id, dm(chat), 0);
  if (reply.kind !== "granted") return expect.fail(reply.kind);
  return { conversation, id, fence: reply.fence, token: reply.edgeToken, folder: `person_3atelegram-${chat}` };
}

describe("the verb credentials", () => {
  it("gives newer credentials for the space of the turn's own conversation", async () => {
    const { token, folder } = await personTurn();
    const answer = await ask(token);
    const credentials = { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "t" };
    expect(answer).toMatchObject({ status: 200, body: { ok: true, result: { credentials, forBedrock: false } } });
    const tags = [1, 2].map((member) => asked[0]?.get(`Tags.member.${String(member)}.Value`));
    expect(tags).toEqual(["main", folder]);
    expect(asked[0]?.get("DurationSeconds")).toBe(String(DATA_SESSION_SECONDS));
    // What lasts for another turn is given again.
    expect((await ask(token)).body).toEqual(answer.body);
    expect(asked).toHaveLength(1);
  });

  it("is kept nowhere: no cache takes the answer, and the scheduler has no row of it", async () => {
    const { token } = await personTurn();
    const callId = unique("turn-2:credentials");
    const response = await exports.default.fetch("https://claw.test/agent/rpc", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ verb: "credentials", callId }),
    });
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await response.text()).toContain("ASIA1");
    const calls = await runInDurableObject(env.JOB_SCHEDULER.getByName("main"), (_object, { storage }) =>
      storage.sql.exec("SELECT * FROM calls").toArray(),
    );
    expect(JSON.stringify(calls)).not.toContain(callId);
  });

  it("is answered with the wish to come back while there are none", async () => {
    status = 503;
    const { token } = await personTurn();
    expect(await ask(token)).toMatchObject({ status: 503, code: "unavailable" });
    status = 200;
    expect(await ask(token)).toMatchObject({ status: 200 });
  });

  it("opens nothing to a turn that is over, and has no more arguments", async () => {
    const { token, conversation, id, fence } = await personTurn();
    const more = { verb: "credentials", callId: unique("turn-3:credentials"), space: "owner" };
    expect(await post(token, more)).toMatchObject({ status: 400, code: "malformed_call" });
    await directory().endTurn(conversation, id, fence);
    expect(await ask(token)).toMatchObject({ status: 409, code: "fence_lost" });
    expect(asked).toEqual([]);
  });

  it("is heard so often a turn and fence, and then no more", async () => {
    const { token, conversation, id, fence } = await personTurn();
    for (let call = 0; call < RPC_BOUNDS.credentialsPerTurnMax; call += 1) {
      expect(await directory().checkCall(token, "credentials")).toMatchObject({ kind: "heard" });
    }
    expect(await ask(token)).toMatchObject({ status: 429, code: "too_many_calls" });
    expect(asked).toEqual([]);
    const again = await directory().beginTurn(conversation, id, dm(conversation.split("-").at(-1) ?? ""), fence);
    if (again.kind !== "granted") return expect.fail(again.kind);
    expect(await ask(again.edgeToken)).toMatchObject({ status: 200 });
  });

  it("is in no line of the log", async () => {
    const written: string[] = [];
    for (const level of ["log", "warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation((line: unknown) => void written.push(String(line)));
    }
    await ask((await personTurn()).token);
    expect(written.join()).toContain("agent_called");
    expect(written.join()).not.toContain("ASIA");
  });
});
