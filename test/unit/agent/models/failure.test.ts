import { isRetryableAssistantError } from "@earendil-works/pi-ai";
import { describe, expect, it } from "vitest";
import { describeFailure, plainFailure } from "../../../../agent-container/src/agent/models/failure.ts";

const CASES = [
  ["401 invalid x-api-key sk-ant-secret", "The model anthropic/m refused the key."],
  ["429 rate_limit_error: slow down", "The model anthropic/m is busy."],
  ["Overloaded", "The model anthropic/m is busy."],
  ["fetch failed", "The model anthropic/m could not be reached."],
  ["timeout: the model sent nothing", "The model anthropic/m could not be reached."],
  ["404 model: nope not_found_error", "The model anthropic/m is not known to its provider."],
  ["500 internal server error", "The model anthropic/m has a fault at its provider."],
  ["429 insufficient_quota", "The model anthropic/m has no credit left."],
  ["400 prompt is too long: 214072 tokens > 200000", "The model anthropic/m was given more than it can take in."],
  ["", "The model anthropic/m failed without saying why."],
] as const;

describe("describeFailure", () => {
  it.each(CASES)("says of %j: %s", (errorMessage, said) => {
    expect(describeFailure("anthropic/m", { errorMessage })).toBe(said);
  });

  it("says nothing that pi would take for a reason to try everything again", () => {
    for (const [errorMessage] of CASES) {
      const error = describeFailure("openai/gpt-5.5", { errorMessage });
      const message = { role: "assistant", stopReason: "error", errorMessage: error } as const;
      expect(isRetryableAssistantError({ ...message, ...EMPTY })).toBe(false);
    }
  });
});

describe("plainFailure", () => {
  it("keeps our own words and puts everything else into them", () => {
    for (const [, said] of CASES) expect(plainFailure(said)).toBe(said);
    expect(plainFailure("socket hang up sk-secret")).toBe("The model could not be reached.");
    expect(plainFailure("Assistant request was interrupted. The rest is unknown.")).toBe(
      "The model was interrupted too often.",
    );
    expect(plainFailure(undefined)).toBe("The model failed without saying why.");
  });
});

const EMPTY = {
  content: [],
  api: "x",
  provider: "x",
  model: "x",
  timestamp: 0,
  usage: {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    totalTokens: 0,
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
  },
};
