/** Judges a failed try of one part: is it tried again, when, and what counts as given up. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import { backoffMs } from "../../protocol/backoff.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { ChannelError } from "../../protocol/errors.ts";

/** What has been tried before this failure. */
export type Tried = {
  readonly attempts: number;
  readonly resentAfterUnknown: boolean;
  /** Nobody waits for it. */
  readonly isAnnouncement: boolean;
};

export type FailedSend = {
  readonly state: "not_sent" | "unknown" | "dead";
  readonly dueAt: number;
  readonly resend: boolean;
};

/** What becomes of a part that a channel did not take. */
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

/** What becomes of a part that may have been shown. */
export function outcomeOfUnknown(tried: Tried, sendIsIdempotent: boolean, now: number): FailedSend {
  if (sendIsIdempotent) return again(tried, now);
  if (tried.resentAfterUnknown || tried.isAnnouncement) return { state: "dead", dueAt: now, resend: false };
  return { state: "unknown", dueAt: now + OUTBOUND_BOUNDS.resendUnknownMs, resend: true };
}

/** Each try counts, also one that a platform's Retry-After ended. */
function again({ attempts }: Tried, now: number, retryAfterMs?: number): FailedSend {
  const failures = attempts + 1;
  if (failures >= OUTBOUND_BOUNDS.attemptsMax) return { state: "dead", dueAt: now, resend: false };
  return { state: "not_sent", dueAt: now + (retryAfterMs ?? backoffMs(failures, OUTBOUND_BOUNDS)), resend: false };
}
