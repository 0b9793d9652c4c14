import type { TranscriptContext } from "@earendil-works/pi-ai";
import { expect, it } from "vitest";
import type { OpenModel } from "../../../../agent-container/src/agent/models/providers.ts";
import { run } from "../agent-client.ts";
import { useAgent } from "../agent-fixture.ts";
import { promptMessage, turn } from "../invocations.ts";
import { scriptedModel } from "../scripted-model.ts";

const agent = useAgent();

/** What a model takes in at least: a token has four letters at most here. */
const tokens = ({ messages }: TranscriptContext) => Math.ceil(JSON.stringify(messages).length / 5);

it("a conversation is summed up for a fallback with a smaller window when the first model is out", async () => {
  let isOut = false;
  const asked: { readonly model: string; readonly tokens: number }[] = [];
  const open: OpenModel = (candidate, context, options) => {
    asked.push({ model: candidate.name, tokens: tokens(context) });
    return scriptedModel(() => {
      if (candidate.provider !== "anthropic") return { text: "From the small one." };
      if (isOut) throw new Error("401 invalid x-api-key");
      return { text: "From the large one." };
    })(candidate, context, options);
  };
  const { url } = await agent.startAgent({ openModel: async () => open });
  const ask = async (n: number, text: string) => {
    const base = turn(agent.endpoints, "", {
      turnId: `turn-000${String(n)}`,
      fence: n,
      messages: [promptMessage(`telegram:${String(n)}`, text)],
    });
    const stream = await run(url, {
      ...base,
      settings: {
        ...base.settings,
        model: "anthropic/claude-haiku-4-5",
        fallbacks: ["bedrock/qwen.qwen3-32b-v1:0"],
      },
      grants: {
        ...base.grants,
        models: {
          anthropic: { apiKey: "a" },
          bedrock: { region: "eu-central-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } },
        },
      },
    });
    return stream.of("final")[0];
  };
  // Together 50,000 tokens: well below the window of the first model, well above the 32,768 of the other one.
  for (const n of [1, 2, 3, 4]) {
    expect(await ask(n, "word ".repeat(10_000))).toMatchObject({ text: "From the large one." });
  }
  isOut = true;
  const answer = await ask(5, "and now?");
  expect(answer).toMatchObject({ text: "From the small one.", context: { compactions: 1 } });
  const small = asked.filter(({ model }) => model !== "anthropic/claude-haiku-4-5");
  expect(small.length).toBeGreaterThan(0);
  for (const call of small) expect(call.tokens).toBeLessThan(32_768);
  expect(agent.logged).toContainEqual(expect.objectContaining({ event: "model_skipped", cause: "window" }));
});
