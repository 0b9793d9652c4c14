import * as v from "valibot";
import { afterEach, describe, expect, it } from "vitest";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { promptMessage, turn } from "../invocations.ts";
import { type RecordingProxy, startRecordingProxy } from "../recording-proxy.ts";
import { keysFor, MODEL_OF, type Wire, WIRES } from "./raw-wire.ts";

const agent = useAgent();
const HOUR_MS = 3_600_000;

let proxy: RecordingProxy | undefined;
afterEach(() => proxy?.close());

/** What a provider caches by, in its order: tools and system prompt, then the messages one by one. */
type Request = { readonly head: readonly unknown[]; readonly messages: readonly unknown[] };

const json = v.record(v.string(), v.unknown());
const list = v.array(v.unknown());

/** Cache marks move with the end of the conversation, and are no part of what is cached. */
function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isCachePoint(item)).map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (key === "cache_control" ? [] : [[key, unmarked(item)]])),
  );
}

function isCachePoint(value: unknown): boolean {
  return typeof value === "object" && value !== null && "cachePoint" in value;
}

const READ: Readonly<Record<Wire, (body: Record<string, unknown>) => Request>> = {
  anthropic: ({ tools, system, messages }) => ({ head: [tools, system], messages: v.parse(list, messages) }),
  openai: ({ tools, input }) => ({ head: [tools], messages: v.parse(list, input) }),
  bedrock: ({ toolConfig, system, messages }) => ({ head: [toolConfig, system], messages: v.parse(list, messages) }),
};

/** The text that a provider gets to see, without marks. */
function bytes(value: unknown): string {
  return JSON.stringify(unmarked(value));
}

/** Three turns, an hour apart each, the last one in a new process; in the first the model writes a file and reads it. */
async function converse(wire: Wire): Promise<readonly Record<string, unknown>[]> {
  agent.model
    .on({ hasToolResult: false }, { toolCalls: [{ name: "write", arguments: '{"path":"memory/a.md","content":"x"}' }] })
    .on({ toolResultContains: "Created" }, { toolCalls: [{ name: "read", arguments: '{"path":"memory/a.md"}' }] })
    .on({}, { content: "Both done." });
  proxy = await startRecordingProxy(agent.model.url);
  for (const [at, text] of ["do both", "and what is the time?", "thanks"].entries()) {
    const base = turn(agent.endpoints, "", {
      turnId: `turn-000${String(at)}`,
      fence: at + 1,
      messages: [promptMessage(`telegram:${String(at)}`, text, { sentAt: 1_764_000_000_000 + at * HOUR_MS })],
    });
    const { url } = at === 2 ? await agent.startAgent() : agent;
    const stream = await run(url, {
      ...base,
      settings: { ...base.settings, model: MODEL_OF[wire] },
      grants: { ...base.grants, models: keysFor(wire, proxy.url) },
    });
    expect(stream.of("final")[0]?.text).toBe("Both done.");
    if (at === 0) expect(stream.of("tool").filter(({ status }) => status === "finished")).toHaveLength(2);
  }
  return proxy.bodies.map((body) => v.parse(json, JSON.parse(body)));
}

describe.each(WIRES)("a conversation of three turns and two tools on the wire of %s", (wire) => {
  it("only ever adds to the end of its requests, so that what came before is in the provider's cache", async () => {
    const requests = (await converse(wire)).map(READ[wire]);
    expect(requests).toHaveLength(7);
    for (const [at, request] of requests.entries()) {
      const before = requests[at - 1];
      if (before === undefined) continue;
      expect(bytes(request.head)).toBe(bytes(before.head));
      expect(request.messages.length).toBeGreaterThan(before.messages.length);
      const kept = request.messages.slice(0, before.messages.length);
      expect(kept.map(bytes)).toEqual(before.messages.map(bytes));
    }
  });

  it("is marked where the provider is to cache", async () => {
    const bodies = await converse(wire);
    for (const body of bodies) {
      const whole = JSON.stringify(body);
      if (wire === "anthropic") {
        expect(JSON.stringify(body["system"])).toContain('"cache_control":{"type":"ephemeral"}');
        expect(JSON.stringify(READ.anthropic(body).messages.at(-1))).toContain('"cache_control"');
        expect(whole.split('"cache_control"').length - 1).toBeLessThanOrEqual(4);
      } else if (wire === "bedrock") {
        expect(JSON.stringify(body["system"])).toContain('"cachePoint":{"type":"default"}');
        expect(JSON.stringify(READ.bedrock(body).messages.at(-1))).toContain('"cachePoint"');
        expect(whole.split('"cachePoint"').length - 1).toBeLessThanOrEqual(4);
      } else {
        expect(body["prompt_cache_key"]).toMatch(/^[0-9a-f]{32}$/);
        expect(body["prompt_cache_key"]).toBe(bodies[0]?.["prompt_cache_key"]);
      }
    }
  });
});
