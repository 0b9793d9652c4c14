/** Where a conversation is cut: what comes before is summed up, the rest stays as it was said. Pure. */
import { type AgentMessage, estimateTokens } from "@earendil-works/pi-agent-core";

export type Cut = { readonly summed: readonly AgentMessage[]; readonly kept: readonly AgentMessage[] };

/**
 * Keeps at most `keepTokens` of the end (by pi's count), yet always the newest message; a call of a tool and its results
 * stay together. Tries of a model that failed are in neither part.
 */
export function cutConversation(messages: readonly AgentMessage[], keepTokens: number): Cut {
  const said = messages.filter(isSaid);
  let from = said.length;
  let tokens = 0;
  for (let at = said.length - 1; at >= 0; at -= 1) {
    const message = said[at];
    if (message === undefined) break;
    tokens += estimateTokens(message);
    if (tokens > keepTokens && from < said.length) break;
    if (message.role !== "toolResult") from = at;
  }
  return { summed: said.slice(0, from), kept: said.slice(from) };
}

/** Not a try of a model that failed or was stopped. */
export function isSaid(message: AgentMessage): boolean {
  return message.role !== "assistant" || (message.stopReason !== "error" && message.stopReason !== "aborted");
}
