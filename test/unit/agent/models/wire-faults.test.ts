import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TurnInvocation } from "../../../../protocol/invocation.ts";
import { CAUSES } from "../../../../agent-container/src/agent/models/causes.ts";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { CONVERSATION, GROUP, PERSON, space, turn } from "../invocations.ts";
import {
  keysFor,
  MODEL_OF,
  type RawPiece,
  type RawReply,
  type RawServer,
  startRawServer,
  type Wire,
  WIRES,
} from "./raw-wire.ts";

const agent = useAgent();

/** The model that answers when that of a wire does not; on another wire, and no wire's first model. */
const FALLBACK_OF: Readonly<Record<Wire, readonly [model: string, wire: Wire]>> = {
  anthropic: ["openai/gpt-5", "openai"],
  openai: ["amazon-bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock"],
  bedrock: ["anthropic/claude-haiku-4-5", "anthropic"],
};

/** Each wire's turns are in a conversation of their own, so that they can run at the same time. */
const PLACES: Readonly<Record<Wire, Pick<TurnInvocation, "conversation" | "space">>> = {
  anthropic: { conversation: CONVERSATION, space: space("owner") },
  openai: { conversation: PERSON, space: space("person:telegram-7") },
  bedrock: GROUP,
};

const call = (name: string, json: string, id = "call_1"): RawPiece => ({ call: { id, name, json } });
const WRITE = '{"path":"memory/a.md","content":"x"}';
const words = { text: "Half an answer that never ends" };

/** What the first model does, and the cause that the log is to name. */
const FAULTS: readonly (readonly [name: string, reply: RawReply, cause: string, except?: Wire])[] = [
  ["is rate limited", { status: 429 }, "rate_limit"],
  ["is rate limited for a minute", { status: 429, headers: { "retry-after": "60" } }, "rate_limit"],
  ["has a fault", { status: 500 }, "provider_fault"],
  ["is overloaded", { status: 503 }, "overload"],
  ["is overloaded in its provider's own way", { status: 529 }, "overload", "bedrock"],
  ["refuses the key", { status: 403 }, "auth"],
  ["has no credit", { status: 400, message: "Your credit balance is too low" }, "billing"],
  ["breaks off before its first words", { pieces: [words], until: { at: "begin", end: "cut" } }, "broken_off"],
  ["breaks off after its first words", { pieces: [words], until: { at: "first_words", end: "cut" } }, "broken_off"],
  ["makes a call with half of its arguments", { pieces: [call("write", WRITE.slice(0, -4))] }, "malformed"],
  ["says something before such a call", { pieces: [words, call("write", WRITE.slice(0, -4))] }, "malformed"],
  ["makes a call of no tool", { pieces: [call("", WRITE)] }, "malformed"],
  ["makes a call whose name nobody can have", { pieces: [call("a tool!", WRITE)] }, "malformed"],
  ["makes two calls of one id", { pieces: [call("write", WRITE), call("write", WRITE)] }, "malformed"],
  // OpenAI's wire has no way to say so.
  ["wants tools and calls none", { pieces: [words], wantsTools: true }, "malformed", "openai"],
  ["says nothing", { pieces: [] }, "empty"],
];

describe("a model on the wire", () => {
  const providers = new Map<Wire, RawServer>();
  beforeEach(async () => {
    for (const wire of WIRES) providers.set(wire, await startRawServer(wire));
    agent.model.on({}, { content: "From the fallback." });
  });
  afterEach(async () => {
    for (const provider of providers.values()) await provider.close();
  });

  /** A turn with a model on this wire that does what `replies` say, and a fallback that is well. */
  async function ask(wire: Wire, replies: readonly RawReply[], isAlone = false) {
    const provider = providers.get(wire);
    if (provider === undefined) throw new Error(`no provider on ${wire}`);
    provider.replies = replies;
    const [fallback, other] = FALLBACK_OF[wire];
    const base = turn(agent.endpoints, "hello", { turnId: `turn-${wire}`, ...PLACES[wire] });
    const stream = await run(agent.url, {
      ...base,
      settings: { ...base.settings, model: MODEL_OF[wire], fallbacks: isAlone ? [] : [fallback] },
      grants: { ...base.grants, models: { ...keysFor(other, agent.model.url), ...keysFor(wire, provider.url) } },
    });
    const lines = agent.logged.filter((line) => Reflect.get(line, "turnId") === base.turnId);
    const noted = (event: string) => lines.find((line) => Reflect.get(line, "event") === event);
    return { stream, noted, bodies: provider.bodies };
  }

  for (const [name, reply, cause, except] of FAULTS) {
    it(`that ${name} gives way to the fallback in the same turn`, async () => {
      const wires = WIRES.filter((wire) => wire !== except);
      const status = typeof reply === "object" && "status" in reply ? reply.status : 200;
      await Promise.all(
        wires.map(async (wire) => {
          const { stream, noted, bodies } = await ask(wire, [reply]);
          expect(stream.of("final").map(({ text }) => text)).toEqual(["From the fallback."]);
          expect(stream.shown()).toBe("From the fallback.");
          expect(stream.of("tool")).toEqual([]);
          expect(bodies).toHaveLength(1);
          expect(noted("model_try_failed")).toMatchObject({ model: MODEL_OF[wire], cause, status, try: 1 });
          expect(JSON.stringify([agent.logged, stream.events])).not.toContain("sk-secret");
        }),
      );
    });
  }

  it.each(WIRES)("(%s) is told of a tool that does not exist, and answers itself", async (wire) => {
    const { stream, bodies } = await ask(wire, [
      { pieces: [call("no_such_tool", "{}")] },
      { pieces: [{ text: "Then without." }] },
    ]);
    expect(stream.of("final")[0]?.text).toBe("Then without.");
    expect(bodies[1]).toContain(String.raw`Tool \"no_such_tool\" is unavailable`);
  });

  it("says in the log what the provider wished, and rests so long", async () => {
    const { noted } = await ask("anthropic", [{ status: 429, headers: { "retry-after": "60" } }]);
    expect(noted("model_try_failed")).toMatchObject({
      retryAfterMs: 60_000,
      restMs: 60_000,
      stopReason: "error",
      shown: false,
    });
    expect(noted("model_answered")).toMatchObject({ model: "openai/gpt-5", try: 2 });
  });

  it.each(WIRES)("(%s) that was picked alone is asked again after the pause that its provider wishes", async (wire) => {
    const busy = { status: 429, headers: { "retry-after-ms": "40" } };
    const { stream, bodies } = await ask(wire, [busy, { pieces: [{ text: "Now." }] }], true);
    expect(stream.of("final")[0]?.text).toBe("Now.");
    expect(bodies).toHaveLength(2);
  });

  it("that wishes to be left alone for longer than anybody waits fails at once, in plain words", async () => {
    const { stream, bodies } = await ask("bedrock", [{ status: 429, headers: { "retry-after": "60" } }], true);
    expect(stream.of("error")[0]?.message).toBe(`The model ${MODEL_OF.bedrock} is busy.`);
    expect(bodies).toHaveLength(1);
  });

  it.each(WIRES)("(%s) that breaks off after its first words is tried no more often than another one", async (wire) => {
    const { stream, bodies } = await ask(wire, [{ pieces: [words], until: { at: "first_words", end: "cut" } }], true);
    expect(stream.of("error")[0]?.message).toBe(`The model ${MODEL_OF[wire]} broke off in the middle of its answer.`);
    expect(bodies).toHaveLength(CAUSES.broken_off.triesMax);
  });
});
