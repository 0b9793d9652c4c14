/**
 * The agent of this release and the edge of the one before (009a1dd): what that edge sends is taken, and what it gets for it
 * is what it can read. Both shapes are written out by hand here and must stay as they are until the next release.
 */
import { createParser } from "eventsource-parser";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { parseInvocation } from "../../../protocol/invocation.ts";
import { parseTurnEvent } from "../../../protocol/turn-event.ts";
import { post } from "./agent-client.ts";
import { useAgent } from "./agent-fixture.ts";
import type { Endpoints } from "./invocations.ts";

const agent = useAgent();

/** Each field that the edge before can send with a turn. */
function sent({ blobs, model }: Endpoints) {
  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "secret", sessionToken: "session" };
  return {
    protocol: 1,
    turnId: "turn-0001",
    fence: 3,
    conversation: "agent:main:main",
    epoch: 2,
    space: "owner",
    place: { channel: "telegram", chatKind: "direct", title: "Ada" },
    messages: [
      {
        id: "telegram:1",
        text: "hello",
        sender: { id: "42", name: "Ada" },
        sentAt: 1_764_000_000_000,
        quoted: { sender: "Bot", text: "before", isOwn: true },
        attachments: [{ kind: "photo", name: "a.jpg", mimeType: "image/jpeg", durationS: 1, missing: "too_large" }],
        shared: [{ kind: "location", latitude: 1, longitude: 2 }],
        forwarded: { from: "Bo", sentAt: 1_764_000_000_000 },
        context: [
          { kind: "said", at: 1_764_000_000_000, from: "Bo", text: "hm" },
          { kind: "happened", at: 1_764_000_000_000, text: "Bo came", isUntrusted: true },
        ],
      },
    ],
    settings: {
      model: "anthropic/claude-sonnet-5",
      fallbacks: ["anthropic/claude-haiku-4-5"],
      timezone: "UTC",
      thinking: "low",
      language: "de",
    },
    limits: {
      leftMs: 60_000,
      pingEveryMs: 15_000,
      budget: { microUsd: 5_000_000, tokens: null },
      spent: { calls: 1, tokens: 10, microUsd: 20 },
    },
    grants: {
      models: { anthropic: { apiKey: "key", ...(model !== undefined && { baseUrl: model }) } },
      blobs: { endpoint: blobs, region: "us-east-1", bucket: "agent-claw", credentials, expiresAt: 9_000_000_000_000 },
      edge: { url: "http://127.0.0.1:9/agent/rpc", token: "edge-token" },
    },
  };
}

const task = {
  kind: "job",
  name: "plants",
  untrusted: "a mail",
  isLight: true,
  isForOthers: true,
  expired: ["agent:main:job:plants:run:1"],
};
const store = { endpoint: "http://127.0.0.1:9", region: "us-east-1", table: "agent-claw" };
const bedrock = { credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" }, region: "us-east-1" };

/** All that the edge before can ask, but for what it asks within a turn. */
function everything() {
  const whole = sent({ blobs: "http://127.0.0.1:9", model: "http://127.0.0.1:9" });
  const { turnId, fence, conversation, epoch, space, grants, messages } = whole;
  const granted = { ...grants, models: { ...grants.models, bedrock }, store };
  const call = { protocol: 1, conversation };
  const order = { id: "telegram:1", text: "/compact", sender: { id: "42", name: "Ada" }, sentAt: 1 };
  return [
    { kind: "turn", ...whole, grants: granted, task },
    { kind: "turn", ...whole, messages: [{ ...order, command: { name: "compact", rest: "briefly" } }] },
    { kind: "resume", ...whole, afterSeq: 0 },
    { kind: "steer", ...call, turnId, fence, message: messages[0] },
    { kind: "abort", ...call, turnId, fence },
    { kind: "abort", ...call, turnId, fence, grants: granted },
    { kind: "query", ...call, epoch, space, grants: granted, ask: { what: "transcript", from: 0 } },
    { kind: "import", ...call, epoch, fence, space, grants: granted, lines: ["{}"] },
    { kind: "forget", ...call, fence, space, grants: granted },
  ];
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const common = { turnId: v.string(), fence: count, seq: count };
const usage = v.object({
  model: v.string(),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  costUsd: v.number(),
});

/** What the edge before reads; anything else breaks its stream. */
const readable = v.variant("kind", [
  v.object({ kind: v.picklist(["accepted", "ping"]), ...common }),
  v.object({ kind: v.literal("delta"), ...common, text: v.string() }),
  v.object({ kind: v.literal("snapshot"), ...common, text: v.string(), consumed: v.optional(v.array(v.string())) }),
  v.object({
    kind: v.literal("tool"),
    ...common,
    callId: v.string(),
    name: v.string(),
    status: v.picklist(["started", "finished", "failed"]),
  }),
  v.object({
    kind: v.literal("usage"),
    ...common,
    usage,
    total: v.object({ calls: count, tokens: count, microUsd: count }),
  }),
  v.object({
    kind: v.literal("final"),
    ...common,
    text: v.string(),
    consumed: v.array(v.string()),
    workspace: v.object({ head: v.string(), heartbeatHash: v.nullable(v.string()) }),
    context: v.optional(v.object({ tokens: count, windowTokens: count, compactions: count })),
  }),
  v.object({
    kind: v.literal("error"),
    ...common,
    code: v.string(),
    message: v.string(),
    retry: v.picklist(["never", "after"]),
  }),
]);

/** The events of a stream, read as the edge before reads them. */
async function readAsBefore(body: object): Promise<readonly v.InferOutput<typeof readable>[]> {
  const events: v.InferOutput<typeof readable>[] = [];
  const parser = createParser({ onEvent: ({ data }) => void events.push(v.parse(readable, JSON.parse(data))) });
  parser.feed(await (await post(agent.url, JSON.stringify(body))).text());
  return events;
}

describe("an invocation of the release before", () => {
  it.each(everything().map((body) => [body.kind, body] as const))("is taken whole: %s", (_kind, body) => {
    expect(parseInvocation(body)).toEqual({ ok: true, value: body });
  });

  it("is answered in events that it can read, and repeated to whoever resumes it", async () => {
    agent.model.on(
      { predicate: ({ messages }) => messages.some(({ role }) => role === "tool") },
      { content: "It is written.", usage: { prompt_tokens: 7, completion_tokens: 3 } },
    );
    agent.model.on({}, { content: "", toolCalls: [{ name: "write", arguments: '{"path":"a.md","content":"a"}' }] });
    const asked = sent(agent.endpoints);
    const events = await readAsBefore({ kind: "turn", ...asked });
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(["accepted", "tool", "delta", "usage", "final"]));
    expect(events.at(-1)).toMatchObject({ kind: "final", text: "It is written.", consumed: ["telegram:1"] });
    const again = await readAsBefore({ kind: "resume", ...asked, fence: 4, afterSeq: 0 });
    expect(again.at(-1)).toMatchObject({ kind: "final", text: "It is written.", consumed: ["telegram:1"] });
  });

  it("that cannot be carried out is told so in an event that it can read", async () => {
    const { messages, ...asked } = sent(agent.endpoints);
    await readAsBefore({ kind: "turn", ...asked, messages });
    const overtaken = { ...asked, turnId: "turn-0002", fence: 1, messages };
    expect((await readAsBefore({ kind: "turn", ...overtaken })).at(-1)).toMatchObject({ kind: "error" });
  });
});

describe("what a newer release adds", () => {
  it("to an invocation is ignored by a process that does not know it", () => {
    const [turn] = everything();
    const newer = { ...turn, release: "r-2", place: { channel: "telegram", chatKind: "direct", mood: "good" } };
    expect(parseInvocation(newer)).toMatchObject({ ok: true, value: { turnId: "turn-0001" } });
  });

  it("to an event is ignored by an edge that does not know it", () => {
    const event = { kind: "ping", turnId: "turn-0001", fence: 1, seq: 1 };
    expect(parseTurnEvent(JSON.stringify({ ...event, mood: "good" }))).toEqual({ ok: true, value: event });
  });
});
