import { describe, expect, it } from "vitest";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { turn } from "../invocations.ts";
import { scriptedModel, toolCall } from "../scripted-model.ts";

const agent = useAgent();
const MINUTE_MS = 60_000;

/** A turn over Anthropic and, behind it, OpenAI, in an agent whose clock the test has. */
async function start(fallbacks = ["openai/gpt-5-mini"]) {
  let now = Date.UTC(2026, 0, 1);
  let turns = 0;
  const { url } = await agent.startAgent({ now: () => now });
  const models = (anthropicKey: string) => ({
    anthropic: { apiKey: anthropicKey, baseUrl: agent.model.url },
    openai: { apiKey: "o", baseUrl: `${agent.model.url}/v1` },
  });
  return {
    wait: (ms: number) => {
      now += ms;
    },
    /** Who answers the next turn. */
    ask: async (key = "a") => {
      turns += 1;
      const base = turn(agent.endpoints, "hello", { turnId: `turn-000${String(turns)}`, fence: turns });
      const settings = { ...base.settings, model: "anthropic/claude-haiku-4-5", fallbacks };
      const stream = await run(url, { ...base, settings, grants: { ...base.grants, models: models(key) } });
      expect(stream.of("final")).toHaveLength(1);
      return stream.of("usage").map(({ usage }) => usage.model);
    },
  };
}

function answers(model: RegExp): void {
  agent.model.on({ model }, { content: "Hello.", usage: { input_tokens: 10, output_tokens: 2 } });
}

describe("a model that was not well", () => {
  it("is left alone in its rest, the usage says who answered meanwhile, and then it is asked first again", async () => {
    agent.model.nextRequestError(529, { message: "Overloaded", type: "overloaded_error" });
    answers(/claude|gpt/);
    const { ask, wait } = await start();
    expect(await ask()).toEqual(["openai/gpt-5-mini"]);
    wait(29_000);
    expect(await ask()).toEqual(["openai/gpt-5-mini"]);
    const paths = agent.model.getRequests().map(({ path }) => path.split("?")[0]);
    expect(paths).toEqual(["/v1/messages", "/v1/responses", "/v1/responses"]);
    wait(1_000);
    expect(await ask()).toEqual(["anthropic/claude-haiku-4-5"]);
  });

  it("because its key was wrong is asked again as soon as the key is another one", async () => {
    agent.model.nextRequestError(401, { message: "invalid x-api-key", type: "authentication_error" });
    answers(/claude|gpt/);
    const { ask, wait } = await start();
    expect(await ask("wrong")).toEqual(["openai/gpt-5-mini"]);
    wait(5 * MINUTE_MS);
    expect(await ask("wrong")).toEqual(["openai/gpt-5-mini"]);
    expect(await ask("right")).toEqual(["anthropic/claude-haiku-4-5"]);
  });

  it("is asked in its rest when there is no other one", async () => {
    agent.model.nextRequestError(529, { message: "Overloaded", type: "overloaded_error" });
    answers(/claude/);
    const { ask } = await start([]);
    expect(await ask()).toEqual(["anthropic/claude-haiku-4-5"]);
  });
});

describe("an answer that is a file alone", () => {
  it("is no empty one: the model is not asked again", async () => {
    let asked = 0;
    const { url } = await agent.startAgent({
      openModel: async () =>
        scriptedModel(() => {
          asked += 1;
          if (asked === 1) return { calls: [toolCall("c1", "write", { path: "memory/a.md", content: "x" })] };
          return asked === 2 ? { calls: [toolCall("c2", "attach_file", { path: "memory/a.md" })] } : {};
        }),
    });
    const stream = await run(url, turn(agent.endpoints, "send me the file"));
    expect(stream.of("final")[0]).toMatchObject({ text: "", files: [{ name: "a.md" }] });
    expect(asked).toBe(3);
  });
});
