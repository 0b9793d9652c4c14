/** What a model says, for tests that stand between it and pi. */
import type { AssistantMessage } from "@earendil-works/pi-ai";

export function emptyAssistantMessage(fields: Partial<AssistantMessage> = {}): AssistantMessage {
  const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0 };
  return {
    role: "assistant",
    content: [],
    api: "x",
    provider: "x",
    model: "x",
    usage: { ...none, cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 } },
    stopReason: "stop",
    timestamp: 0,
    ...fields,
  };
}
