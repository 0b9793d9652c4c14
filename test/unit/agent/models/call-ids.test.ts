import type { Message, ToolCall } from "@earendil-works/pi-ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withOwnCallIds } from "../../../../agent-container/src/agent/models/call-ids.ts";
import { callIdOf } from "../../../../agent-container/src/agent/models/defects.ts";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { turn } from "../invocations.ts";
import { emptyAssistantMessage } from "../model-messages.ts";
import { toolCall } from "../scripted-model.ts";
import { keysFor, MODEL_OF, startRawServer } from "./raw-wire.ts";

/** A step that makes calls of these ids, and their results. */
function step(ids: readonly string[]): Message[] {
  const results = ids.map((toolCallId): Message => {
    const content = [{ type: "text" as const, text: "ok" }];
    return { role: "toolResult", toolCallId, toolName: "read", content, isError: false, timestamp: 0 };
  });
  return [emptyAssistantMessage({ content: ids.map((id) => toolCall(id, "read", {})) }), ...results];
}

const callsOf = (messages: readonly Message[]): ToolCall[] =>
  messages.flatMap((message) =>
    message.role === "assistant" ? message.content.filter((block) => block.type === "toolCall") : [],
  );
const resultsOf = (messages: readonly Message[]): string[] =>
  messages.flatMap((message) => (message.role === "toolResult" ? [message.toolCallId] : []));

describe("withOwnCallIds", () => {
  it("leaves ids alone that are used once", () => {
    const messages = [...step(["a", "b|fc_1"]), ...step(["c"])];
    expect(withOwnCallIds(messages)).toEqual(messages);
  });

  it("numbers those that are used again, also what pi keeps behind them and what would be too long", () => {
    const long = "x".repeat(64);
    const messages = [step(["call_0", "call_0_2"]), step(["call_0"]), step(["a|fc_1", long]), step(["a|fc_2", long])];
    const ids = callsOf(withOwnCallIds(messages.flat())).map(({ id }) => id);
    expect(ids).toEqual(["call_0", "call_0_2", "call_0_3", "a|fc_1", long, "a_2|fc_2", `${"x".repeat(62)}_2`]);
  });

  it("gives each call an id of its own and its result the same, and what comes later changes nothing before it", () => {
    const id = fc.constantFrom("a", "a_2", "a_3", "b|1", "b|2", "y".repeat(64));
    const steps = fc.array(fc.uniqueArray(id, { maxLength: 4, selector: (one) => one.split("|")[0] }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(steps, fc.nat(), (all, at) => {
        const messages = all.flatMap(step);
        const numbered = withOwnCallIds(messages);
        const ids = callsOf(numbered).map(callIdOf);
        expect(new Set(ids).size).toBe(ids.length);
        for (const one of ids) expect(one.length).toBeLessThanOrEqual(64);
        expect(resultsOf(numbered)).toEqual(callsOf(numbered).map((call) => call.id));
        const earlier = messages.slice(0, at % (messages.length + 1));
        expect(withOwnCallIds(earlier)).toEqual(numbered.slice(0, earlier.length));
      }),
    );
  });
});

describe("a model that uses an id again in its next step", () => {
  const agent = useAgent();

  it("gets each call with its own result", async () => {
    const provider = await startRawServer("anthropic");
    const again = { pieces: [{ call: { id: "call_0", name: "session_status", json: "{}" } }] };
    provider.replies = [again, again, { pieces: [{ text: "Done." }] }];
    const base = turn(agent.endpoints, "hello");
    const stream = await run(agent.url, {
      ...base,
      settings: { ...base.settings, model: MODEL_OF.anthropic },
      grants: { ...base.grants, models: keysFor("anthropic", provider.url) },
    });
    expect(stream.of("final")[0]?.text).toBe("Done.");
    const [, second = "", third = ""] = provider.bodies.map((body) => body.slice(body.indexOf('"messages"')));
    const idsIn = (body: string) => [...body.matchAll(/"(?:tool_use_)?id":"(call_\w+)"/g)].map(([, id]) => id);
    expect(idsIn(second)).toEqual(["call_0", "call_0"]);
    expect(idsIn(third)).toEqual(["call_0", "call_0", "call_0_2", "call_0_2"]);
    await provider.close();
  });
});
