import { type Api, type AssistantMessage, type Message, type Model, normalizeContext } from "@earendil-works/pi-ai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findModel } from "../../../../agent-container/src/agent/models/catalog.ts";
import { withOwnThoughts } from "../../../../agent-container/src/agent/models/own-thoughts.ts";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { turn } from "../invocations.ts";
import { emptyAssistantMessage } from "../model-messages.ts";
import { keysFor, MODEL_OF, type RawReply, type RawServer, startRawServer, type Wire, WIRES } from "./raw-wire.ts";

const agent = useAgent();

const THOUGHT = { thought: "secret thought" };
const HELLO: RawReply = { pieces: [{ text: "Hello." }] };

/** What stands for thoughts in a request, on any wire. */
const THOUGHTS = /"(?:thinking|redacted_thinking|reasoning)","?|reasoningContent|secret thought/;

describe("thoughts", () => {
  const providers = new Map<Wire, RawServer>();
  beforeEach(async () => {
    for (const wire of WIRES) providers.set(wire, await startRawServer(wire));
  });
  afterEach(async () => {
    for (const provider of providers.values()) await provider.close();
  });

  /** The nth turn, with a model on this wire; the messages of each request that it made, and its last event. */
  async function ask(n: number, wire: Wire, replies: readonly RawReply[]) {
    const provider = providers.get(wire);
    if (provider === undefined) throw new Error(`no provider on ${wire}`);
    const before = provider.bodies.length;
    provider.replies = [...provider.bodies.map(() => HELLO), ...replies];
    const base = turn(agent.endpoints, `hello ${String(n)}`, { turnId: `turn-000${String(n)}`, fence: n });
    const { events } = await run(agent.url, {
      ...base,
      settings: { ...base.settings, model: MODEL_OF[wire], thinking: "high" },
      grants: { ...base.grants, models: keysFor(wire, provider.url) },
    });
    const requests = provider.bodies.slice(before).map((body) => {
      const { input, messages }: Record<string, unknown> = JSON.parse(body);
      return JSON.stringify(input ?? messages);
    });
    return { requests, end: events.at(-1) };
  }

  const ENDS = [
    ["end", {}, "Hello."],
    ["are cut", { isCut: true as const }, "(cut: the model reached its output limit)"],
  ] as const;
  for (const [how, cut, text] of ENDS) {
    it.each(WIRES)(`that ${how} before a word are no answer, and no later request has them (%s)`, async (wire) => {
      const alone: RawReply = { pieces: [THOUGHT], ...cut };
      const first = await ask(1, wire, [alone, alone, HELLO]);
      expect(first.end).toMatchObject({ kind: "final", text });
      const { requests } = await ask(2, wire, [HELLO]);
      expect(first.requests.length).toBeGreaterThan(1);
      for (const request of [...first.requests, ...requests]) expect(request).not.toMatch(THOUGHTS);
    });
  }

  it.each(WIRES)("behind the last words are not sent again, those before them are (%s)", async (wire) => {
    await ask(1, wire, [{ pieces: [THOUGHT, { text: "Hello." }, { thought: "late thought" }] }]);
    const [request] = (await ask(2, wire, [HELLO])).requests;
    expect(request).toContain("secret thought");
    expect(request).not.toContain("late thought");
  });

  const CALL = { call: { id: "call_1", name: "session_status", json: "{}" } };

  it.each([
    ["anthropic", "openai"],
    ["openai", "anthropic"],
    ["anthropic", "bedrock"],
    ["bedrock", "openai"],
  ] as const)("of a model on %s are never told to one on %s, as words of its own or otherwise", async (one, two) => {
    await ask(1, one, [{ pieces: [THOUGHT, CALL] }, { pieces: [THOUGHT, { text: "The first answer." }] }]);
    const [request] = (await ask(2, two, [HELLO])).requests;
    expect(request).toContain("The first answer.");
    expect(request).not.toMatch(THOUGHTS);
  });
});

describe("withOwnThoughts", () => {
  const user = (content: string): Message => ({ role: "user", content, timestamp: 0 });
  const of = ({ provider, api, id }: Model<Api>, ...content: AssistantMessage["content"]): Message =>
    emptyAssistantMessage({ provider, api, model: id, content });
  const [claude, haiku, qwen] = [
    findModel("amazon-bedrock", "global.anthropic.claude-sonnet-5"),
    findModel("anthropic", "claude-haiku-4-5"),
    findModel("amazon-bedrock", "qwen.qwen3-32b-v1:0"),
  ].flatMap((model) => model ?? []);
  if (claude === undefined || haiku === undefined || qwen === undefined) throw new Error("no such models");
  const signed = { type: "thinking", thinking: "", thinkingSignature: "signed", redacted: true } as const;
  const unsigned = { type: "thinking", thinking: "hm" } as const;
  const words = { type: "text", text: "Hello." } as const;
  const told = (model: Model<Api>, ...messages: readonly Message[]) =>
    withOwnThoughts(normalizeContext({ messages: [...messages] }), model).messages;

  it("joins the words of people between whom another model has only thought", () => {
    for (const thought of [signed, unsigned]) {
      const [all, ...more] = told(haiku, user("one"), of(claude, thought), user("two"));
      expect(all).toMatchObject({ role: "user", content: [{ text: "one" }, { text: "two" }] });
      expect(more).toEqual([]);
    }
  });

  it("leaves out thoughts that lost their signature, but not those of models that give none", () => {
    expect(told(haiku, of(haiku, unsigned, words))).toMatchObject([{ content: [words] }]);
    expect(told(claude, of(claude, unsigned, words))).toMatchObject([{ content: [words] }]);
    expect(told(qwen, of(qwen, unsigned, words))).toMatchObject([{ content: [unsigned, words] }]);
    expect(told(claude, of(claude, signed, words))).toMatchObject([{ content: [signed, words] }]);
  });
});
