import { isContextOverflow, isRetryableAssistantError } from "@earendil-works/pi-ai";
import { describe, expect, it } from "vitest";
import { type Cause, CAUSES } from "../../../../agent-container/src/agent/models/causes.ts";
import {
  causeOfFailure,
  describeFailure,
  describeForPi,
  plainFailure,
} from "../../../../agent-container/src/agent/models/failure.ts";
import { emptyAssistantMessage } from "../model-messages.ts";

const CASES: readonly (readonly [text: string, status: number | undefined, cause: Cause])[] = [
  ["401 invalid x-api-key sk-ant-secret", 401, "auth"],
  ["The security token included in the request is expired", 400, "auth"],
  ["429 rate_limit_error: slow down", 429, "rate_limit"],
  ["Throttling error: Too many tokens, please wait before trying again.", undefined, "rate_limit"],
  ['{"message":"Too many tokens, please wait before trying again."}', 200, "rate_limit"],
  ["something", 429, "rate_limit"],
  ["Overloaded", 200, "overload"],
  ["something", 529, "overload"],
  ["Service unavailable: come back", undefined, "overload"],
  ["fetch failed", undefined, "unreachable"],
  ["Request timed out.", undefined, "timeout"],
  ["404 model: nope not_found_error", 404, "model_not_found"],
  ["Validation error: The provided model identifier is invalid.", 400, "model_not_found"],
  ["OpenAI API error (400): The requested model 'gpt-9' does not exist.", 400, "model_not_found"],
  ["500 internal server error", 500, "provider_fault"],
  ["Internal server error: oh", undefined, "provider_fault"],
  ["502 Bad Gateway", 502, "provider_fault"],
  ["429 insufficient_quota", 429, "billing"],
  ["429 You exceeded your current quota, please check your plan and billing details.", 429, "billing"],
  [
    "Rate limit reached. To get more, add a payment method: https://provider.example/account/billing",
    429,
    "rate_limit",
  ],
  ["429 Limit reached, see https://provider.example/account/billing", undefined, "rate_limit"],
  ["400 Your credit balance is too low", 400, "billing"],
  ["400 prompt is too long: 214072 tokens > 200000", 400, "overflow"],
  ["Validation error: Input is too long for requested model.", 400, "overflow"],
  ["400 messages.0: something is wrong", 400, "request"],
  ["OpenAI Responses stream ended before a terminal response event", 200, "broken_off"],
  ["", undefined, "unknown"],
];

const failed = (errorMessage: string) => emptyAssistantMessage({ stopReason: "error", errorMessage });

describe("causeOfFailure", () => {
  it.each(CASES)("takes %j with status %s for %s", (text, status, cause) => {
    expect(causeOfFailure(failed(text), status)).toBe(cause);
  });

  it("takes what the provider calls a refusal for one, whatever else it says", () => {
    expect(causeOfFailure({ ...failed("503"), rawStopReason: "guardrail_intervened" }, 200)).toBe("refusal");
  });
});

describe("describeFailure", () => {
  it("says nothing that pi would act upon, and to pi what it is to act upon", () => {
    for (const cause of Object.keys(CAUSES).filter((key): key is Cause => key in CAUSES)) {
      const final = failed(describeFailure("openai/gpt-5.5", cause));
      expect([isRetryableAssistantError(final), isContextOverflow(final)]).toEqual([false, false]);
      const forPi = failed(describeForPi("openai/gpt-5.5", cause));
      expect(isContextOverflow(forPi)).toBe(cause === "overflow");
      expect(isRetryableAssistantError(forPi)).toBe(cause !== "overflow");
      expect(plainFailure(forPi.errorMessage)).toBe(final.errorMessage);
      expect(plainFailure(final.errorMessage)).toBe(final.errorMessage);
    }
  });
});

describe("plainFailure", () => {
  it("puts everything that is not in our words into them", () => {
    expect(plainFailure("socket hang up sk-secret")).toBe("The model could not be reached.");
    expect(plainFailure("Assistant request was interrupted. The rest is unknown.")).toBe(
      "The model was interrupted too often.",
    );
    expect(plainFailure(undefined)).toBe("The model failed without saying why.");
  });
});
