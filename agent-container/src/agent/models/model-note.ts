/** What the log is told of the calls of models: names, numbers and causes, never a word of a provider or a person. */
import type { CallOutcome } from "./call.ts";
import type { Candidate } from "./candidates.ts";
import type { Cause } from "./causes.ts";

export type ModelNote =
  | {
      readonly event: "model_try_failed";
      /** `provider/model`. */
      readonly model: string;
      readonly cause: Cause;
      /** Of the provider's HTTP answer, where there was one. */
      readonly status: number | undefined;
      /** Of all tries of the call, from 1. */
      readonly try: number;
      readonly ms: number;
      readonly retryAfterMs: number | undefined;
      /** How long the model now rests. */
      readonly restMs: number;
      /** Pi's, and the provider's name for it. */
      readonly stopReason: string;
      readonly rawStopReason: string | undefined;
      /** Whether words of it had been shown. */
      readonly shown: boolean;
    }
  /** Not asked, because the transcript would not fit. */
  | {
      readonly event: "model_skipped";
      readonly model: string;
      readonly cause: "window";
      readonly tokens: number;
      readonly windowTokens: number;
    }
  /** Another model than the first one, or the same one after failures, has answered. */
  | { readonly event: "model_answered"; readonly model: string; readonly try: number; readonly ms: number };

/** A provider's name for how it stopped; anything longer is no name. */
const STOP_NAME = /^[\w.-]{1,64}$/;

/** The note of a try that came to nothing. */
export function noteOfFailure(
  { name }: Candidate,
  { kind, failed }: Exclude<CallOutcome, { readonly kind: "answered" }>,
  facts: { readonly try: number; readonly ms: number; readonly restMs: number },
): ModelNote {
  const { cause, status, retryAfterMs, error } = failed;
  const { stopReason, rawStopReason } = error;
  return {
    event: "model_try_failed",
    model: name,
    cause,
    status,
    ...facts,
    retryAfterMs,
    stopReason,
    rawStopReason: rawStopReason !== undefined && STOP_NAME.test(rawStopReason) ? rawStopReason : undefined,
    shown: kind === "broke_off",
  };
}
