/** Decides what becomes of a part that a channel did not take. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { ChannelError } from "../../protocol/errors.ts";

/** What has been tried before this failure. */
export type Tried = { readonly attempts: number; readonly resentAfterUnknown: boolean };

export type FailedSend = {
  readonly state: "not_sent" | "unknown" | "dead";
  readonly dueAt: number;
  readonly resend: boolean;
};

/** Decides what becomes of a part that a channel did not take. Pure. */
export function outcomeOf(tried: Tried, error: ChannelError, sendIsIdempotent: boolean, now: number): FailedSend {
  switch (error.code) {
    case "channel_refused":
      return { state: "dead", dueAt: now, resend: false };
    case "channel_rate_limited":
      return again(tried, now, error.retryAfterMs);
    case "channel_unreachable":
      return again(tried, now);
    case "channel_outcome_unknown":
      return outcomeOfUnknown(tried, sendIsIdempotent, now);
    default:
      return assertNever(error.code);
  }
}

/** What becomes of a part that may have been shown. Pure. */
export function outcomeOfUnknown(tried: Tried, sendIsIdempotent: boolean, now: number): FailedSend {
  if (sendIsIdempotent) return again(tried, now);
  if (tried.resentAfterUnknown) return { state: "dead", dueAt: now, resend: false };
  return { state: "unknown", dueAt: now + OUTBOUND_BOUNDS.resendUnknownMs, resend: true };
}

function again(tried: Tried, now: number, pauseMs = pause(tried.attempts)): FailedSend {
  if (tried.attempts + 1 >= OUTBOUND_BOUNDS.attemptsMax) return { state: "dead", dueAt: now, resend: false };
  return { state: "not_sent", dueAt: now + pauseMs, resend: false };
}

function pause(attempts: number): number {
  return Math.min(OUTBOUND_BOUNDS.retryMaxMs, OUTBOUND_BOUNDS.retryFirstMs * 2 ** attempts);
}
