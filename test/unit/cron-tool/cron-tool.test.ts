import type { Message, TranscriptContext } from "@earendil-works/pi-ai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RPC_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { run, TurnStream } from "../agent/agent-client.ts";
import { useAgent } from "../agent/agent-fixture.ts";
import { PERSON, promptMessage, resume, space, turn } from "../agent/invocations.ts";
import { type Reply, scriptedModel, toolCall } from "../agent/scripted-model.ts";
import { done, type EdgeServer, refused, startEdge } from "./edge-server.ts";

const agent = useAgent();
/** 08:15 in Berlin. */
const NOW = Date.parse("2026-11-23T07:15:00Z");
const BERLIN = { model: null, fallbacks: [], timezone: "Europe/Berlin" };

const JOB = {
  id: "stretch",
  name: "stretch",
  schedule: { kind: "at", at: NOW + 120_000 },
  payload: { kind: "reminder", text: "stretch" },
  delivery: { mode: "announce", to: "agent:main:telegram:direct:7" },
  enabled: true,
  state: { nextRunAt: NOW + 120_000, lastRunAt: null, lastStatus: null, lastError: null },
};
const ADD = {
  action: "add",
  job: { name: "stretch", schedule: { kind: "at", at: "2m" }, payload: { kind: "reminder", text: "stretch" } },
};

let edge: EdgeServer;
beforeEach(async () => {
  edge = await startEdge();
  edge.answer = () => done(JOB);
});
afterEach(() => edge.close());

type Ran = { readonly result: string; readonly isError: boolean; readonly offered: readonly string[] };

/** A turn in which the model calls the tool once, and what it reads then. */
async function callTool(args: object, fields: Parameters<typeof turn>[2] = {}): Promise<Ran> {
  let seen: readonly Message[] = [];
  const script = ({ messages }: TranscriptContext): Reply => {
    seen = messages;
    const isDone = messages.some(({ role }) => role === "toolResult");
    return isDone ? { text: "Done." } : { calls: [toolCall("c1", "cron", JSON.parse(JSON.stringify(args)))] };
  };
  const { url } = await agent.startAgent({ openModel: async () => scriptedModel(script), now: () => NOW });
  const endpoints = { ...agent.endpoints, edge: edge.url };
  await run(url, turn(endpoints, "go", { settings: BERLIN, ...fields }));
  const results = seen.flatMap((message) => (message.role === "toolResult" ? [message] : []));
  return {
    result: results.flatMap(({ content }) => content.map((block) => (block.type === "text" ? block.text : ""))).join(),
    isError: results.some(({ isError }) => isError),
    offered: seen
      .flatMap((message) => (message.role === "system" ? (message.toolsAdded ?? []) : []))
      .map(({ name }) => name),
  };
}

describe("the tool cron", () => {
  it("asks the edge, and tells the times as the person's clock shows them", async () => {
    const { result, isError } = await callTool(ADD);
    expect([isError, result.split("\n")]).toEqual([
      false,
      [
        "Planned.",
        'name: "stretch" (id: stretch)',
        "next: Monday, 2026-11-23 08:17 (Europe/Berlin), in 2 minutes",
        "schedule: once",
        'does: says "stretch"',
        "to: telegram:7",
      ],
    ]);
    expect(edge.calls).toMatchObject([{ body: { verb: "cron.add", job: ADD.job } }]);
  });

  it.each<readonly [object, object, unknown, RegExp]>([
    [{ action: "list" }, { verb: "cron.list" }, [], /^Nothing is planned\.$/],
    [{ action: "list", includeDisabled: true }, { includeDisabled: true }, [JOB], /^- stretch "stretch": next: Monday/],
    [{ action: "remove", jobId: "stretch" }, { verb: "cron.remove", jobId: "stretch" }, JOB, /^Removed "stretch"/],
    [
      { action: "update", jobId: "stretch", patch: { enabled: false } },
      { patch: { enabled: false } },
      { ...JOB, enabled: false },
      /^Changed\.[\s\S]*switched off/,
    ],
    [{ action: "run", jobId: "stretch" }, { verb: "cron.run" }, { runId: "stretch:manual:1" }, /^The run begins now/],
    [{ action: "runs", limit: 3 }, { verb: "cron.runs", limit: 3 }, [], /^There were no runs\.$/],
    [
      { action: "wake", text: "look", mode: "now" },
      { verb: "cron.wake", text: "look" },
      { mode: "now" },
      /^A heartbeat comes/,
    ],
    [
      { action: "status" },
      { verb: "cron.status" },
      { jobs: 1, enabled: 1, running: 0, failing: 0, nextRunAt: null },
      /^jobs: 1/,
    ],
    [{ action: "status" }, { verb: "cron.status" }, { of: "another release" }, /^Done: \{"of"/],
  ])("does %j", async (args, body, answered, expected) => {
    edge.answer = () => done(answered);
    expect(await callTool(args)).toMatchObject({ isError: false, result: expect.stringMatching(expected) });
    expect(edge.calls).toMatchObject([{ body }]);
  });

  it("leaves out what an action has no use for", async () => {
    edge.answer = () => done([]);
    await callTool({ ...ADD, action: "list", jobId: "", text: "x", mode: "now" });
    expect(Object.keys(edge.calls[0]?.body ?? {}).toSorted()).toEqual(["callId", "verb"]);
  });

  it("says where a call is wrong, and asks nobody", async () => {
    const { result, isError } = await callTool({ action: "add", job: { name: "x", schedule: { kind: "at" } } });
    expect(isError).toBe(true);
    expect(result).toMatch(/^Not done\. job\.schedule\.at: .*; job\.payload: /);
    expect(edge.calls).toEqual([]);
  });

  it("passes on why the edge refuses, and says so if nobody knows what has become of it", async () => {
    edge.answer = () => refused(422, "refused", "There is no job x.");
    expect(await callTool({ action: "remove", jobId: "x" })).toMatchObject({
      isError: true,
      result: "Not done: There is no job x.",
    });
    edge.answer = () => "hang_up";
    expect(await callTool(ADD, { turnId: "turn-0002", epoch: 1, fence: 2 })).toMatchObject({
      isError: true,
      result: expect.stringMatching(/done or not/),
    });
    expect(edge.calls).toHaveLength(1 + RPC_BOUNDS.triesMax);
  });

  it("puts what was said last below a reminder that asks for it", async () => {
    await callTool({ ...ADD, contextMessages: 2 });
    expect(edge.calls).toMatchObject([{ body: { job: { payload: { text: "stretch\n\nBefore that:\n- You: go" } } } }]);
  });

  it("is not there without an edge that takes calls, nor for anybody but the owner", async () => {
    const { url } = await agent.startAgent({ openModel: async () => scriptedModel(() => ({ text: "Done." })) });
    await run(url, turn(agent.endpoints, "go"));
    const without = { grants: turn(agent.endpoints, "go").grants };
    expect((await callTool(ADD, { ...without, turnId: "turn-0003", epoch: 3, fence: 2 })).offered).not.toContain(
      "cron",
    );
    const person = { conversation: PERSON, space: space("person:telegram-7") };
    expect(await callTool(ADD, person)).toMatchObject({ isError: true, offered: expect.not.arrayContaining(["cron"]) });
    expect(edge.calls).toEqual([]);
  });

  it("is not there where the token is for credentials alone; an edge of an earlier release names no verbs", async () => {
    const { grants } = turn({ ...agent.endpoints, edge: edge.url }, "go");
    const offeredWith = async (verbs: string[], fields: Parameters<typeof turn>[2]) => {
      const given = { ...grants, edge: { url: edge.url, token: "edge-token", verbs } };
      return (await callTool(ADD, { ...fields, grants: given })).offered;
    };
    expect(await offeredWith(["credentials"], {})).not.toContain("cron");
    const next = { turnId: "turn-0002", epoch: 2, fence: 2 };
    expect(await offeredWith(["cron.status", "cron.add", "credentials"], next)).toContain("cron");
    expect((await callTool(ADD, { turnId: "turn-0003", epoch: 3, fence: 3 })).offered).toContain("cron");
  });

  it("needs a yes in a turn that has taken in text of others", async () => {
    const forwarded = promptMessage("telegram:1", "go", { forwarded: { from: "Mallory" } });
    const { result, isError } = await callTool(ADD, { messages: [forwarded] });
    expect([isError, edge.calls]).toEqual([true, []]);
    expect(result).toContain("Not done: the tool cron needs a yes");
    expect(result).toContain("a forwarded message");
  });

  it("shows its token to nobody", async () => {
    edge.answer = () => refused(500, "refused", "no");
    const { result } = await callTool(ADD);
    const seen = JSON.stringify([result, agent.logged]);
    expect(seen).not.toContain("edge-token");
    expect(Object.values(process.env)).not.toContain("edge-token");
  });
});

describe("a call that a crash cut short", () => {
  it("is made again by the process that goes on, under the same id", async () => {
    const script = ({ messages }: TranscriptContext): Reply =>
      messages.some(({ role }) => role === "toolResult")
        ? { text: "Planned." }
        : { calls: [toolCall("c1", "cron", JSON.parse(JSON.stringify(ADD)))] };
    const models = { openModel: async () => scriptedModel(script) };
    const asked = turn({ ...agent.endpoints, edge: edge.url }, "go");
    const called = Promise.withResolvers<void>();
    // The edge has it, and its answer is lost with the process.
    edge.answer = () => {
      called.resolve();
      return "never";
    };
    const first = await agent.startAgent(models);
    const stream = new TurnStream(first.url, asked);
    await called.promise;
    edge.answer = () => done(JOB);
    const second = await agent.startAgent(models);
    const resumed = await run(second.url, resume(asked, 2));
    expect(resumed.of("final")[0]).toMatchObject({ text: "Planned." });
    expect(edge.calls.map(({ body }) => body["callId"])).toEqual([
      edge.calls[0]?.body["callId"],
      edge.calls[0]?.body["callId"],
    ]);
    expect(edge.calls[0]?.body["callId"]).toMatch(/^turn-0001:[\w.:-]+$/);
    stream.cut();
  });
});
