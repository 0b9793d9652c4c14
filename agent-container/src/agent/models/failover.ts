/**
 * One model call over several candidates. What has not yet said a word is made again, with the next model or with the
 * same one; once words were shown, pi is told to repeat the whole call, which then goes to another model.
 */
import {
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  type SimpleStreamOptions,
  type TranscriptContext,
} from "@earendil-works/pi-ai";
import type { Usage } from "../../../../protocol/turn-event.ts";
import type { Candidates } from "./candidates.ts";
import type { Cooldowns } from "./cooldowns.ts";
import { failureEvent } from "./failed-message.ts";
import type { CallBounds } from "./hangup.ts";
import type { ModelNote } from "./model-note.ts";
import type { OpenModel } from "./providers.ts";
import { shortenTexts } from "./shorten-texts.ts";
import { Tries } from "./tries.ts";

const FAILOVER_BOUNDS = {
  /** Longest text of a transcript that was too long, as shares of the model's window; the next is tried if needed. */
  textShares: [1 / 4, 1 / 32],
} as const;

export type Failover = {
  readonly candidates: Candidates;
  readonly cooldowns: Cooldowns;
  readonly open: OpenModel;
  readonly now: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Told of every try that came to nothing, for the log. */
  readonly note: (note: ModelNote) => void;
  /** Told what a try has cost that nobody sees. */
  readonly billed: (usage: Usage) => void;
  /** In place of `FAILOVER_BOUNDS.textShares`; none: a transcript that is too long is the caller's to shorten. */
  readonly textShares?: readonly number[];
  /** In place of `CALL_BOUNDS`. */
  readonly bounds?: CallBounds;
};

/** Starts the call; never throws, failures are in the stream. */
export function streamWithFailover(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
): AssistantMessageEventStream {
  const out = createAssistantMessageEventStream();
  run(failover, context, options, out).catch(() => {
    // A stream without an end would keep pi waiting.
    out.push(failureEvent({ candidate: failover.candidates[0], cause: "unknown" }, { isForPi: false }));
  });
  return out;
}

async function run(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
  out: AssistantMessageEventStream,
): Promise<void> {
  const tries = new Tries(failover, options, out);
  let end = await tries.all(context);
  for (const share of failover.textShares ?? FAILOVER_BOUNDS.textShares) {
    if (end === "forwarded" || end.cause !== "overflow") break;
    const shorter = shortenTexts(context, end.candidate.model.contextWindow * share);
    if (shorter !== null) end = await tries.all(shorter);
  }
  if (end !== "forwarded") out.push(failureEvent(end, { isForPi: end.cause === "overflow" }));
}
