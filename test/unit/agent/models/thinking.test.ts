import { describe, expect, it } from "vitest";
import type { ThinkingLevel } from "../../../../protocol/access.ts";
import type { TurnInvocation } from "../../../../protocol/invocation.ts";
import { call, run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { query, resume, turn } from "../invocations.ts";
import { startRecordingProxy } from "../recording-proxy.ts";

const agent = useAgent();

/** A turn with this model behind a proxy, and the bodies that went to it. */
async function asked(model: string, thinking: ThinkingLevel | undefined, fields: Parameters<typeof turn>[2] = {}) {
  const proxy = await startRecordingProxy(agent.model.url);
  const base = turn(agent.endpoints, "hello", fields);
  const credentials = { accessKeyId: "AKIAGRANTED", secretAccessKey: "granted" };
  const request: TurnInvocation = {
    ...base,
    settings: { ...base.settings, model, ...(thinking && { thinking }) },
    grants: {
      ...base.grants,
      models: {
        anthropic: { apiKey: "a", baseUrl: proxy.url },
        openai: { apiKey: "o", baseUrl: `${proxy.url}/v1` },
        bedrock: { region: "eu-central-1", endpoint: proxy.url, credentials },
      },
    },
  };
  const bodies = () => proxy.bodies.map((body): Record<string, unknown> => JSON.parse(body));
  return { request, bodies, close: () => proxy.close() };
}

describe("a thinking level", () => {
  it.each([
    ["anthropic/claude-sonnet-5", "medium", { thinking: { type: "adaptive" }, output_config: { effort: "medium" } }],
    ["anthropic/claude-haiku-4-5", "low", { thinking: { type: "enabled" } }],
    ["openai/gpt-5.5", "high", { reasoning: { effort: "high" } }],
    // Where a model has not the level: the nearest one.
    ["openai/gpt-5.5", "minimal", { reasoning: { effort: "low" } }],
    ["openai/gpt-5", "xhigh", { reasoning: { effort: "high" } }],
    ["openai/gpt-5-pro", "low", { reasoning: { effort: "high" } }],
    ["anthropic/claude-opus-4-6", "xhigh", { output_config: { effort: "high" } }],
    [
      "bedrock/global.anthropic.claude-sonnet-5",
      "xhigh",
      { additionalModelRequestFields: { thinking: { type: "adaptive" } } },
    ],
  ] as const)("of the settings is in the request to %s (%s)", async (model, level, body) => {
    agent.model.on({}, { content: "Hello." });
    const { request, bodies, close } = await asked(model, level);
    const stream = await run(agent.url, request);
    expect(stream.of("final")[0]?.text).toBe("Hello.");
    expect(bodies()[0]).toMatchObject(body);
    await close();
  });

  it.each([
    ["openai/gpt-4.1", "high"],
    ["anthropic/claude-haiku-4-5", "off"],
    ["anthropic/claude-haiku-4-5", undefined],
  ] as const)("is left out for %s with %s", async (model, level) => {
    agent.model.on({}, { content: "Hello." });
    const { request, bodies, close } = await asked(model, level);
    await run(agent.url, request);
    expect(bodies()[0]?.["reasoning"]).toBeUndefined();
    const thinking: unknown = bodies()[0]?.["thinking"];
    expect([undefined, "disabled"]).toContain(Reflect.get(Object(thinking), "type"));
    await close();
  });

  it("is that of each turn, from its first step to a resume, whatever the transcript had before", async () => {
    agent.model.on({}, { content: "Hello." });
    const efforts: unknown[] = [];
    for (const [at, level] of (["low", "high", "off", "medium"] as const).entries()) {
      const { request, bodies, close } = await asked("openai/gpt-5.5", level, {
        turnId: `turn-000${String(at)}`,
        fence: 2 * at + 1,
      });
      // A resume of a turn that never began begins it.
      await run(agent.url, at === 3 ? resume(request, 2 * at + 2) : request);
      const effort: unknown = Reflect.get(Object(bodies()[0]?.["reasoning"]), "effort");
      efforts.push(effort);
      await close();
    }
    expect(efforts).toEqual(["low", "high", "none", "medium"]);
  });

  it("never brings the thoughts into what is shown, answered or remembered as said", async () => {
    agent.model
      .on(
        { hasToolResult: false },
        {
          content: "A look first.",
          reasoning: "secret thought one",
          toolCalls: [{ name: "session_status", arguments: "{}" }],
        },
      )
      .on({ hasToolResult: true }, { content: "The answer.", reasoning: "secret thought two" });
    for (const [at, model] of ["anthropic/claude-sonnet-5", "openai/gpt-5.5"].entries()) {
      const { request, close } = await asked(model, "high", {
        turnId: `turn-000${String(at)}`,
        fence: at + 1,
        epoch: at,
      });
      const stream = await run(agent.url, request);
      expect(stream.of("final")[0]?.text).toBe("A look first.\n\nThe answer.");
      expect(stream.shown()).toBe("A look first.\n\nThe answer.");
      const history = await call(agent.url, query(request, { what: "history", limit: 9 }));
      expect(JSON.stringify([stream.events, history])).not.toContain("secret thought");
      await close();
    }
  });
});
