/** The message of a call that came to nothing, as pi wants it. */
import type { AssistantMessage, AssistantMessageEvent } from "@earendil-works/pi-ai";
import type { Candidate } from "./candidates.ts";
import type { Cause } from "./causes.ts";
import { describeFailure, describeForPi } from "./failure.ts";

type Fields = Pick<AssistantMessage, "errorMessage"> &
  Partial<Pick<AssistantMessage, "usage">> & { readonly stopReason: "error" | "aborted" };

/** Holds nothing of what the provider said. */
export function failedMessage({ model }: Candidate, fields: Fields): AssistantMessage {
  const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  return {
    role: "assistant",
    content: [],
    api: model.api,
    provider: model.provider,
    model: model.id,
    usage: { ...none, totalTokens: 0, cost: { ...none, total: 0 } },
    timestamp: Date.now(),
    ...fields,
  };
}

/** The end of a call in vain. `isForPi`: pi is to do something about it, and make the call again. */
export function failureEvent(
  { candidate, cause }: { readonly candidate: Candidate; readonly cause: Cause },
  { isForPi, usage }: { readonly isForPi: boolean; readonly usage?: AssistantMessage["usage"] },
): AssistantMessageEvent {
  const reason = cause === "stopped" ? "aborted" : "error";
  const errorMessage = isForPi ? describeForPi(candidate.name, cause) : describeFailure(candidate.name, cause);
  return {
    type: "error",
    reason,
    error: failedMessage(candidate, { stopReason: reason, errorMessage, ...(usage && { usage }) }),
  };
}
