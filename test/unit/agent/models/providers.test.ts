import { describe, expect, it } from "vitest";
import type { Grants, TurnSettings } from "../../../../protocol/invocation.ts";
import { dropAmbientAuthority } from "../../../../agent-container/src/environment.ts";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { turn } from "../invocations.ts";

const agent = useAgent();

/** A turn with exactly these keys and this model. */
function asked(models: Grants["models"], settings: Partial<TurnSettings> = {}) {
  const base = turn(agent.endpoints, "hello");
  return { ...base, grants: { ...base.grants, models }, settings: { ...base.settings, ...settings } };
}

const bedrock = (endpoint: string) => ({
  region: "eu-central-1",
  endpoint,
  credentials: { accessKeyId: "AKIAGRANTED", secretAccessKey: "granted", sessionToken: "token" },
});

describe("a real provider", () => {
  it.each([
    ["anthropic", () => ({ anthropic: { apiKey: "key-a", baseUrl: agent.model.url } }), "anthropic/claude-sonnet-5"],
    ["openai", () => ({ openai: { apiKey: "key-o", baseUrl: `${agent.model.url}/v1` } }), "openai/gpt-5.5"],
    ["bedrock", () => ({ bedrock: bedrock(agent.model.url) }), "amazon-bedrock/global.anthropic.claude-sonnet-5"],
  ] as const)("answers through %s with the key of the turn", async (_name, models, model) => {
    agent.model.on({}, { content: "Hello.", usage: { input_tokens: 10, output_tokens: 2 } });
    const stream = await run(agent.url, asked(models()));
    expect(stream.of("final")[0]?.text).toBe("Hello.");
    expect(stream.of("usage")[0]?.usage.model ?? model).toBe(model);
  });

  it("falls back to another provider when the first has no credit, and says which one answered", async () => {
    agent.model.on(
      { model: /claude/ },
      { error: { message: "credit balance is too low", type: "billing" }, status: 400 },
    );
    agent.model.on({ model: /gpt/ }, { content: "From the fallback.", usage: { input_tokens: 10, output_tokens: 2 } });
    const models = {
      anthropic: { apiKey: "a", baseUrl: agent.model.url },
      openai: { apiKey: "o", baseUrl: `${agent.model.url}/v1` },
    };
    const stream = await run(
      agent.url,
      asked(models, { model: "anthropic/claude-haiku-4-5", fallbacks: ["openai/gpt-5-mini"] }),
    );
    expect(stream.of("final")[0]?.text).toBe("From the fallback.");
    expect(stream.of("usage")[0]?.usage.model).toBe("openai/gpt-5-mini");
  });

  it("ends with plain words, without the provider's own, when no model works", async () => {
    agent.model.on(
      {},
      { error: { message: "invalid x-api-key sk-secret", type: "authentication_error" }, status: 401 },
    );
    const stream = await run(agent.url, asked({ anthropic: { apiKey: "sk-secret", baseUrl: agent.model.url } }));
    expect(stream.of("error")[0]).toMatchObject({
      code: "model_failed",
      message: "The model anthropic/claude-sonnet-5 refused the key.",
      retry: "never",
    });
    expect(JSON.stringify([stream.events, agent.logged])).not.toContain("sk-secret");
  });

  it("answers again when the stream broke off after its first words, and takes those back", async () => {
    const broken = { chunkSize: 5, truncateAfterChunks: 5, latency: 5 };
    agent.model.on({ sequenceIndex: 0 }, { content: "Half an answer that never ends" }, broken);
    agent.model.on({ sequenceIndex: 1 }, { content: "A long answer that comes in pieces." });
    const stream = await run(agent.url, asked({ anthropic: { apiKey: "a", baseUrl: agent.model.url } }));
    expect(stream.of("final")[0]?.text).toBe("A long answer that comes in pieces.");
    expect(stream.kinds()).toContain("snapshot");
    expect(stream.shown()).toBe("A long answer that comes in pieces.");
  });

  it("asks the fallback when the first model breaks off", async () => {
    const broken = { chunkSize: 5, truncateAfterChunks: 5, latency: 5 };
    agent.model.on({ model: /claude/ }, { content: "Half an answer that never ends" }, broken);
    agent.model.on({ model: /gpt/ }, { content: "From the fallback." });
    const models = {
      anthropic: { apiKey: "a", baseUrl: agent.model.url },
      openai: { apiKey: "o", baseUrl: `${agent.model.url}/v1` },
    };
    const stream = await run(agent.url, asked(models, { fallbacks: ["openai/gpt-5.5"] }));
    expect(stream.of("final")[0]?.text).toBe("From the fallback.");
    expect(stream.shown()).toBe("From the fallback.");
  });

  it("gives up in plain words when every try breaks off after its first words", async () => {
    agent.model.on(
      {},
      { content: "Half an answer that never ends" },
      { chunkSize: 5, truncateAfterChunks: 5, latency: 5 },
    );
    const stream = await run(agent.url, asked({ anthropic: { apiKey: "a", baseUrl: agent.model.url } }));
    expect(stream.of("error")[0]).toMatchObject({
      code: "model_failed",
      message: "The model anthropic/claude-sonnet-5 broke off in the middle of its answer.",
    });
    expect(stream.shown()).toBe("");
  }, 15_000);

  it("says which setting is wrong when the model is unknown or has no key", async () => {
    const unknown = await run(agent.url, asked({ anthropic: { apiKey: "a" } }, { model: "anthropic/no such id" }));
    expect(unknown.of("error")[0]).toMatchObject({ code: "model_unknown", retry: "never" });
    const keyless = await run(agent.url, asked({}, { model: "openai/gpt-5.5" }));
    expect(keyless.of("error")[0]).toMatchObject({ code: "model_key_missing", retry: "never" });
  });
});

describe("the offline model", () => {
  it("remembers through the real tools, and reads it back in a later turn, and says once what it is", async () => {
    const told = await run(agent.url, {
      ...asked({}),
      messages: turn(agent.endpoints, "remember that I like tea").messages,
    });
    expect(told.of("tool").map(({ name, status }) => `${name} ${status}`)).toContain("write finished");
    expect(told.of("final")[0]?.text).toMatch(/^I will remember: I like tea\n\nI am the offline model: no model key/);
    const later = turn(agent.endpoints, "what do you remember?", { turnId: "turn-0002", fence: 2 });
    const recalled = await run(agent.url, { ...later, grants: asked({}).grants });
    expect(recalled.of("final")[0]?.text).toMatch(/- I like tea$/);
  });

  it("tells the time and the status of the session", async () => {
    const stream = await run(agent.url, { ...asked({}), messages: turn(agent.endpoints, "status").messages });
    expect(stream.of("final")[0]?.text).toMatch(
      /time: .*\(UTC\)\nmodel: offline\/offline\n.*\n.*\nworkspace files: \d/,
    );
  });
});

describe("dropAmbientAuthority", () => {
  it("removes what a library could use instead of the keys of the turn", () => {
    const env = {
      PATH: "/bin",
      AWS_ACCESS_KEY_ID: "x",
      AWS_PROFILE: "x",
      OPENAI_API_KEY: "x",
      ANTHROPIC_AUTH_TOKEN: "x",
    };
    dropAmbientAuthority(env);
    expect(env).toEqual({ PATH: "/bin" });
  });
});
