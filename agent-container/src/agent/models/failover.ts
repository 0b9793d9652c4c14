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
import type { Purse } from "./purse.ts";
import type { Repetition } from "./step-pace.ts";
import { Tries } from "./tries.ts";

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
  /** What the calls are paid from; absent: nobody counts. */
  readonly purse?: Purse;
  /** No message of these calls is in the transcript. */
  readonly isSilent?: true;
  /** Whose calls pi makes again when they broke off. */
  readonly repetition?: Repetition;
  /** In place of `CALL_BOUNDS`. */
  readonly bounds?: CallBounds;
};

/** Starts the call; never throws, failures are in the stream. A transcript that is too long is one: it is not shortened here. */
export function streamWithFailover(
  failover: Failover,
  context: TranscriptContext,
  options: SimpleStreamOptions,
): AssistantMessageEventStream {
  const out = createAssistantMessageEventStream();
  new Tries(failover, options, out).all(context).then(
    (end) => {
      if (end !== "forwarded") out.push(failureEvent(end, { isForPi: end.cause === "overflow" }));
    },
    () => {
      // A stream without an end would keep pi waiting.
      out.push(failureEvent({ candidate: failover.candidates[0], cause: "unknown" }, { isForPi: false }));
    },
  );
  return out;
}
