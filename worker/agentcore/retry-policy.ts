/**
 * What each way in which AgentCore can fail means for a turn. Pure.
 * Source: AgentCore developer guide, "InvokeAgentRuntime" errors (2026-09-26).
 */
import type { AgentErrorCode } from "../../protocol/errors.ts";

/** An answer other than 200: the status, and what `x-amzn-ErrorType` names (it may carry a suffix). */
export type Refusal = { readonly status: number; readonly errorType: string | null };

export type Verdict = {
  readonly code: AgentErrorCode;
  /** The call never reached the agent and the reason passes within seconds: send it again from here. */
  readonly repeatNow: boolean;
};

/**
 * Judges an answer other than 200. A 424 and the 5xx may have reached the agent: only the session may send those
 * again, as `resume`, because the agent runs a turn id once.
 */
export function judgeRefusal({ status, errorType }: Refusal): Verdict {
  if (status === 409) {
    const passes = errorType?.startsWith("RetryableConflictException") === true;
    return passes ? { code: "agent_conflict", repeatNow: true } : { code: "agent_refused", repeatNow: false };
  }
  if (status === 402 || status === 429) return { code: "agent_throttled", repeatNow: false };
  if (status === 424 || status >= 500) return { code: "agent_unavailable", repeatNow: false };
  return { code: "agent_refused", repeatNow: false };
}

/** How a call that may be repeated is paced: 8 tries within about 4 s, then the session takes over. */
export const CONFLICT_BACKOFF = { triesMax: 8, firstMs: 30, longestMs: 1_500 } as const;

/** The pause before try `tried + 1`, or null when there is none. `jitter` is in [0, 1): half of the pause is random. */
export function conflictPauseMs(tried: number, jitter: number): number | null {
  if (tried >= CONFLICT_BACKOFF.triesMax) return null;
  const ceiling = Math.min(CONFLICT_BACKOFF.longestMs, CONFLICT_BACKOFF.firstMs * 2 ** (tried - 1));
  return ceiling / 2 + (ceiling / 2) * jitter;
}
