/**
 * How many tokens messages have. Pi counts four characters a token, which is far too few for Chinese, German or code;
 * what the provider counted last says how far. Pure.
 */
import { type AgentMessage, calculateContextTokens, estimateTokens } from "@earendil-works/pi-agent-core";
import { COMPACTION_BOUNDS } from "./bounds.ts";

/** By pi's count. */
export function estimate(messages: readonly AgentMessage[]): number {
  return messages.reduce((sum, message) => sum + estimateTokens(message), 0);
}

/** The provider's count with the newest answer that has one, and where that is. */
export function lastReport(
  messages: readonly AgentMessage[],
): { readonly at: number; readonly tokens: number } | undefined {
  const at = messages.findLastIndex((message) => reported(message) > 0);
  const message = messages[at];
  return message && { at, tokens: reported(message) };
}

/** Tokens of a context: what was counted last, and an estimate of what came since. */
export function contextTokens(messages: readonly AgentMessage[]): number {
  const report = lastReport(messages);
  return report === undefined ? estimate(messages) : report.tokens + estimate(messages.slice(report.at + 1));
}

/**
 * How many tokens the provider has for one of pi's: 1 or more. `beside`: pi's count of what else is in a request.
 * `overWindow`: the window that all of it was too much for, so it has more tokens than that.
 */
export function tokensPerEstimate(
  messages: readonly AgentMessage[],
  beside: number,
  overWindow: number | null,
): number {
  const report = lastReport(messages);
  const before = report === undefined ? [] : messages.slice(0, report.at + 1);
  const counted = report === undefined ? 1 : report.tokens / Math.max(1, beside + estimate(before));
  const over = overWindow === null ? 1 : overWindow / Math.max(1, beside + estimate(messages));
  return Math.min(Math.max(1, counted, over), COMPACTION_BOUNDS.tokensPerEstimateMax);
}

/**
 * A message that stays after a summary: what its provider counted was the conversation before, which pi must not take for
 * the one that is left.
 */
export function uncounted(message: AgentMessage): AgentMessage {
  if (message.role !== "assistant") return message;
  const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  return { ...message, usage: { ...none, totalTokens: 0, cost: { ...none, total: 0 } } };
}

function reported(message: AgentMessage): number {
  if (message.role !== "assistant" || message.stopReason === "error" || message.stopReason === "aborted") return 0;
  return calculateContextTokens(message.usage);
}
