import { describe, expect, it } from "vitest";
import { modelProviders } from "../../../local/model-providers.ts";

describe("modelProviders", () => {
  it("names nobody when only the offline model can answer", () => expect(modelProviders({})).toBe(""));

  it("names who has a key, and Bedrock when a model of it is asked for", () => {
    expect(modelProviders({ OPENAI_API_KEY: "k", AGENT_MODEL_FALLBACKS: "openai/x, bedrock/y" })).toBe(
      "openai,amazon-bedrock",
    );
    expect(modelProviders({ ANTHROPIC_API_KEY: "k", AGENT_MODEL: "amazon-bedrock/y" })).toBe(
      "anthropic,amazon-bedrock",
    );
  });
});
