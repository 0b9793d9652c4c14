import { afterEach, describe, expect, it } from "vitest";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { turn } from "../invocations.ts";
import { keysFor, MODEL_OF, type RawReply, type RawServer, startRawServer, WIRES } from "./raw-wire.ts";

const agent = useAgent();

/** USD per million tokens, as the price lists of the three have it. */
const PRICES = {
  anthropic: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  openai: { input: 5, output: 30, cacheRead: 0.5, cacheWrite: 0 },
  bedrock: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
} as const;

const WRITE = { call: { id: "call_1", name: "write", json: '{"path":"memory/a.md","content":"x"}' } };
const STEPS: readonly RawReply[] = [
  { pieces: [WRITE], usage: { input: 100, output: 20, cacheRead: 0, cacheWrite: 3_000 } },
  { pieces: [{ text: "Done." }], usage: { input: 40, output: 5, cacheRead: 3_000, cacheWrite: 130 } },
];

let provider: RawServer | undefined;
afterEach(() => provider?.close());

describe.each(WIRES)("a turn on the wire of %s", (wire) => {
  it("costs what the provider's own numbers make of it, the cache included", async () => {
    provider = await startRawServer(wire);
    provider.replies = STEPS;
    const base = turn(agent.endpoints, "hello");
    const stream = await run(agent.url, {
      ...base,
      settings: { ...base.settings, model: MODEL_OF[wire] },
      grants: { ...base.grants, models: keysFor(wire, provider.url) },
    });
    expect(stream.of("final")[0]?.text).toBe("Done.");
    const price = PRICES[wire];
    /** What the tokens of a step make, with the price list of the provider. */
    const cost = (input: number, output: number, cacheRead: number, cacheWrite: number) => ({
      model: MODEL_OF[wire],
      inputTokens: input,
      outputTokens: output,
      cacheReadTokens: cacheRead,
      cacheWriteTokens: cacheWrite,
      costUsd: expect.closeTo(
        (input * price.input + output * price.output + cacheRead * price.cacheRead + cacheWrite * price.cacheWrite) /
          1e6,
        12,
      ),
    });
    const told = stream.of("usage").map(({ usage }) => usage);
    expect(told).toEqual([cost(100, 20, 0, 3_000), cost(40, 5, 3_000, 130)]);
  });

  it("counts what a try has cost that broke off in the middle, as far as the provider had said", async () => {
    provider = await startRawServer(wire);
    const usage = { input: 100, output: 20 };
    provider.replies = [
      { pieces: [{ text: "Half an answer" }], usage, until: { at: "first_words", end: "cut" } },
      { pieces: [{ text: "All of it." }], usage },
    ];
    const base = turn(agent.endpoints, "hello");
    const stream = await run(agent.url, {
      ...base,
      settings: { ...base.settings, model: MODEL_OF[wire] },
      grants: { ...base.grants, models: keysFor(wire, provider.url) },
    });
    expect(stream.of("final")[0]?.text).toBe("All of it.");
    // Only Anthropic says at the beginning what the request has cost.
    const inputs = stream.of("usage").map(({ usage: { inputTokens } }) => inputTokens);
    expect(inputs).toEqual(wire === "anthropic" ? [100, 100] : [100]);
  });
});
