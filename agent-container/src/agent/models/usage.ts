/** What a call of a model has cost, in the words of the turn. */
import type { AssistantMessage } from "@earendil-works/pi-ai";
import type { Usage } from "../../../../protocol/turn-event.ts";

/** The provider's own numbers, and their price as far as it is known. */
export function usageOf({ provider, model, usage }: Pick<AssistantMessage, "provider" | "model" | "usage">): Usage {
  return {
    model: `${provider}/${model}`,
    inputTokens: usage.input,
    outputTokens: usage.output,
    cacheReadTokens: usage.cacheRead,
    cacheWriteTokens: usage.cacheWrite,
    costUsd: usage.cost.total,
  };
}
