import { describe, expect, it } from "vitest";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { call, post, run, SESSION_ID, TurnStream } from "./agent-client.ts";
import { eventually } from "./eventually.ts";
import { holdAnswer, useAgent } from "./agent-fixture.ts";
import { abort, query, steer, turn } from "./invocations.ts";

const agent = useAgent();

async function ping(): Promise<unknown> {
  return (await fetch(`${agent.url}/ping`)).json();
}

describe("POST /invocations", () => {
  it("refuses a call without a session id, and one of another session", async () => {
    const bare = await fetch(`${agent.url}/invocations`, { method: "POST", body: "{}" });
    expect([bare.status, await bare.json()]).toEqual([
      400,
      { error: expect.objectContaining({ code: "session_id_missing" }) },
    ]);
    expect((await post(agent.url, "{}", "too-short")).status).toBe(400);
    await call(agent.url, abort(turn(agent.endpoints, ""), 1));
    const other = await post(agent.url, turn(agent.endpoints, "hello"), SESSION_ID.replace("claw", "other"));
    expect([other.status, await other.json()]).toEqual([
      400,
      { error: expect.objectContaining({ code: "session_id_changed" }) },
    ]);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["an unknown kind", '{"kind":"dance"}'],
    ["a later protocol", JSON.stringify({ ...turn({ blobs: "" }, "hi"), protocol: 2 })],
  ])("answers %s with a refusal inside a 200, without values of the body", async (_name, body) => {
    const response = await post(agent.url, body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      error: { code: "malformed_invocation", message: expect.not.stringContaining("AKIA") },
    });
  });

  it("refuses a body over the limit, announced or not", async () => {
    const tooLarge = "x".repeat(RUNTIME_BOUNDS.invocationMaxBytes + 1);
    expect((await post(agent.url, tooLarge)).status).toBe(413);
  });

  it("streams turns and answers calls with JSON", async () => {
    agent.model.on({}, { content: "Hi." });
    const asked = turn(agent.endpoints, "hello");
    const streamed = await post(agent.url, asked);
    expect(streamed.headers.get("content-type")).toBe("text/event-stream");
    expect(await streamed.text()).toMatch(/^id: 1\ndata: \{"kind":"accepted"/);
    expect(await call(agent.url, steer(asked, "telegram:2", "x"))).toEqual({ status: "not_running" });
  });

  it("says what is wrong when a query cannot be answered", async () => {
    const asked = turn(agent.endpoints, "hello");
    expect(await call(agent.url, query(asked, { what: "file", path: "../secret" }))).toMatchObject({
      error: { code: "workspace_path" },
    });
  });

  it("serves nothing else", async () => {
    expect((await fetch(`${agent.url}/`)).status).toBe(404);
    expect((await fetch(`${agent.url}/invocations`)).status).toBe(404);
  });
});

describe("GET /ping", () => {
  it("is healthy without a time until the first invocation, busy while a turn runs, healthy again after it", async () => {
    expect(await ping()).toEqual({ status: "Healthy" });
    const held = holdAnswer("Hi.");
    agent.model.on({}, held.respond);
    const stream = new TurnStream(agent.url, turn(agent.endpoints, "hello"));
    await held.asked;
    const busy = await ping();
    expect(busy).toEqual({ status: "HealthyBusy", time_of_last_update: expect.any(Number) });
    expect(await ping()).toEqual(busy);
    held.release();
    await stream.ended;
    await eventually(async () => {
      expect(await ping()).toEqual({ status: "Healthy", time_of_last_update: expect.any(Number) });
    });
  });

  it("stays busy while a turn runs whose edge is gone", async () => {
    const held = holdAnswer("Hi.");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "hello");
    const stream = new TurnStream(agent.url, asked);
    await held.asked;
    stream.cut();
    await stream.ended;
    expect(await ping()).toMatchObject({ status: "HealthyBusy" });
    held.release();
    await eventually(async () => {
      expect(await ping()).toMatchObject({ status: "Healthy" });
    });
    expect((await run(agent.url, { ...asked, fence: 2 })).of("final")[0]?.text).toBe("Hi.");
  });
});
