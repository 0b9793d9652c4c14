/** The edge's client against the stand-in: what it yields, what it repeats, what it throws. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { createRuntimeClient, type RuntimeClient } from "../../../worker/agentcore/client.ts";
import { steer, turn } from "./invocations.ts";
import { CREDENTIALS, REGION, RUNTIME_ARN, sessionId, type Stand, startStand } from "./local-aws.ts";

// Processes start here: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 30_000 });

let stand: Stand;
let client: RuntimeClient;

function clientFor(change: { arn?: string; endpoint?: string; secretAccessKey?: string }): RuntimeClient {
  const { arn = RUNTIME_ARN, endpoint = stand.aws.url, secretAccessKey = CREDENTIALS.secretAccessKey } = change;
  const credentials = { ...CREDENTIALS, secretAccessKey };
  return createRuntimeClient({ endpoint, region: REGION, arn, qualifier: "DEFAULT", credentials });
}

beforeAll(async () => {
  stand = await startStand();
  client = clientFor({});
});
afterEach(() => stand.aws.faults.clear());
afterAll(() => stand[Symbol.asyncDispose]());

async function collect(session: string, signal = new AbortController().signal): Promise<readonly TurnEvent[]> {
  const events: TurnEvent[] = [];
  for await (const event of client.stream(sessionId(session), turn, signal)) events.push(event);
  return events;
}

describe("stream", () => {
  it("yields the events of the turn and returns after the final one", async () => {
    const events = await collect("client");
    expect(events.map((event) => event.kind)).toEqual(["accepted", "delta", "final"]);
  });

  it("calls again while the session is being torn down", async () => {
    await collect("torn");
    await client.stop(sessionId("torn"));
    expect(await collect("torn")).toHaveLength(3);
  });

  it("gives up on a session that stays in transition", async () => {
    stand.aws.faults.inject({ count: 100, fault: { kind: "error", status: 409 } });
    await expect(collect("client")).rejects.toMatchObject({ code: "agent_conflict", status: 409, retry: "after" });
    expect(100 - Number(stand.aws.faults.list()[0]?.count)).toBe(8);
  });

  it.each([
    [402, "agent_throttled"],
    [429, "agent_throttled"],
    [424, "agent_unavailable"],
    [500, "agent_unavailable"],
  ] as const)("tells %i as %s after one call", async (status, code) => {
    stand.aws.faults.inject({ count: 5, fault: { kind: "error", status } });
    await expect(collect("client")).rejects.toMatchObject({ name: "AgentError", code, status });
    expect(stand.aws.faults.list()[0]?.count).toBe(4);
  });

  it.each([
    ["a cut", { kind: "cut", afterEvents: 2 }],
    ["a cut within an event", { kind: "cut", afterBytes: 20 }],
    ["a cut before the first event", { kind: "cut" }],
    ["a killed agent", { kind: "kill", afterEvents: 1 }],
    ["a lost agent", { kind: "orphan", afterEvents: 1 }],
  ] as const)("tells %s from an end", async (what, fault) => {
    // A session of its own: what becomes of the process of the one before is not this one's.
    const session = what.replaceAll(" ", "-");
    stand.aws.faults.inject({ session, fault });
    await expect(collect(session)).rejects.toMatchObject({ code: "agent_stream_broken", retry: "after" });
  });

  it("ends when its signal does", async () => {
    stand.aws.faults.inject({ fault: { kind: "latency", ms: 60_000 } });
    const controller = new AbortController();
    const collecting = collect("client", controller.signal);
    controller.abort();
    await expect(collecting).rejects.toMatchObject({ name: "AgentError", retry: "after" });
  });

  it("throws agent_refused when it is not let in, and agent_unavailable when nobody is there", async () => {
    const stream = async (one: RuntimeClient) => {
      for await (const _ of one.stream(sessionId("client"), turn, new AbortController().signal));
    };
    await expect(stream(clientFor({ secretAccessKey: "wrong" }))).rejects.toMatchObject({
      code: "agent_refused",
      status: 403,
    });
    await expect(stream(clientFor({ arn: `${RUNTIME_ARN}x` }))).rejects.toMatchObject({
      code: "agent_refused",
      status: 404,
    });
    await expect(stream(clientFor({ endpoint: "http://127.0.0.1:1" }))).rejects.toMatchObject({
      code: "agent_unavailable",
    });
  });

  it("says nothing of its credentials when it fails", async () => {
    const failed = await collect("x").catch((error: Error) => error);
    const told = JSON.stringify(failed, Object.getOwnPropertyNames(failed));
    expect(told).not.toContain(CREDENTIALS.secretAccessKey);
  });
});

describe("the calls with one answer", () => {
  it("return what the agent says", async () => {
    expect(await client.steer(sessionId("client"), steer)).toEqual({ status: "queued" });
    expect(await client.abort(sessionId("client"), { ...steer, kind: "abort" })).toEqual({ status: "not_running" });
  });

  it("throw agent_refused for a refusal inside a 200", async () => {
    const { conversation, grants, space } = turn;
    const ask = { what: "files" } as const;
    const query = { kind: "query", protocol: 1, conversation, epoch: 0, space, grants, ask } as const;
    await expect(client.query(sessionId("client"), query)).rejects.toMatchObject({
      code: "agent_refused",
      message: "the agent refused: no_such_file: there is none",
    });
  });

  it("stop what is not there without complaint", async () => {
    await expect(client.stop(sessionId("never-begun"))).resolves.toBeUndefined();
  });
});
