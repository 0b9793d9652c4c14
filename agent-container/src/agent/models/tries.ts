/** The tries of one call: which model is asked in which order, what a try in vain leads to, what it has cost. */
import type {
  AssistantMessageEvent,
  AssistantMessageEventStream,
  SimpleStreamOptions,
  TranscriptContext,
} from "@earendil-works/pi-ai";
import { estimateContextTokens } from "@earendil-works/pi-ai/utils/estimate";
import type { Usage } from "../../../../protocol/turn-event.ts";
import { callModel, type FailedCall } from "./call.ts";
import type { Candidate } from "./candidates.ts";
import { type Cause, isFinalCause } from "./causes.ts";
import type { Failover } from "./failover.ts";
import { failureEvent } from "./failed-message.ts";
import { noteOfFailure } from "./model-note.ts";
import { type NextTry, nextTry, triedAgain } from "./next-try.ts";
import { withOwnThoughts } from "./own-thoughts.ts";
import { type Failure, StepPace } from "./step-pace.ts";
import { usageOf } from "./usage.ts";
import { withoutPictures } from "./without-pictures.ts";

/** Tokens that a fallback's window must have beyond what the transcript is thought to take. Pi leaves the same. */
const WINDOW_SPARE_TOKENS = 4_096;

/** Causes that can lie in a picture of the transcript. */
const BLAMES_REQUEST: ReadonlySet<Cause> = new Set(["request", "unknown"]);

/** An answer without a word or a call, which is passed on if no try brings a better one. */
type EmptyAnswer = { readonly events: readonly AssistantMessageEvent[]; readonly usage: Usage };

/** The tries of one call. */
export class Tries {
  readonly #failover: Failover;
  readonly #options: SimpleStreamOptions;
  readonly #out: AssistantMessageEventStream;
  readonly #pace: StepPace;
  #fitting: readonly Candidate[] = [];
  #empty: EmptyAnswer | undefined;

  constructor(failover: Failover, options: SimpleStreamOptions, out: AssistantMessageEventStream) {
    this.#failover = failover;
    this.#options = options;
    this.#out = out;
    const now = failover.now();
    this.#pace = failover.repetition?.take(now) ?? new StepPace(now);
  }

  /** Tries until something was passed on, nothing more can be tried, or another try would not help. */
  async all(context: TranscriptContext): Promise<"forwarded" | Failure> {
    const tooSmall = this.#tooSmall(context);
    this.#fitting = this.#failover.candidates.filter((candidate) => !tooSmall.has(candidate));
    for (;;) {
      const next = this.#next();
      if (next.kind === "give_up") return this.#whatIsLeft(tooSmall);
      const end = next.kind === "pause" ? await this.#pause(next.ms) : await this.#one(next.candidate, context);
      if (end === "passed") continue;
      if (end === "forwarded" || this.#isEnd(end)) {
        this.#keepEmpty(undefined);
        return end;
      }
      if (end.cause === "overflow") tooSmall.add(end.candidate);
      else this.#remember(end);
    }
  }

  #next(): NextTry<Candidate> {
    return nextTry(this.#fitting, this.#pace, this.#failover.cooldowns, this.#now);
  }

  /** A fallback that is too small says nothing about the others. */
  #isEnd({ candidate, cause }: Failure): boolean {
    return isFinalCause(cause) && !(cause === "overflow" && this.#isSmaller(candidate));
  }

  #remember(failure: Failure): void {
    if (this.#pace.failure === undefined || failure.candidate === this.#failover.candidates[0])
      this.#pace.failure = failure;
  }

  async #pause(ms: number): Promise<"passed" | Failure> {
    const { sleep, candidates } = this.#failover;
    const { signal } = this.#options;
    await sleep(ms, signal);
    this.#pace.pausedMs += ms;
    return signal?.aborted === true ? { candidate: candidates[0], cause: "stopped" } : "passed";
  }

  async #one(candidate: Candidate, context: TranscriptContext): Promise<"forwarded" | Failure> {
    const end = await this.#call(candidate, context);
    if (end === "forwarded" || !BLAMES_REQUEST.has(end.cause)) return end;
    const plain = withoutPictures(context);
    return plain === null ? end : this.#call(candidate, plain);
  }

  async #call(candidate: Candidate, context: TranscriptContext): Promise<"forwarded" | Failure> {
    const { cooldowns, note, candidates, purse, isSilent } = this.#failover;
    const startedAt = this.#now;
    const told = withOwnThoughts(context, candidate.model);
    const needs = purse?.shortFor(candidate.model, estimateContextTokens(told).tokens);
    if (needs !== undefined) {
      purse?.onShort(needs);
      return { candidate, cause: "stopped" };
    }
    this.#pace.calls += 1;
    const outcome = await callModel(this.#failover, candidate, told, this.#options, (event) => {
      if (event.type === "done") purse?.charge(candidate.model, event.message.usage, isSilent !== true);
      this.#out.push(event);
    });
    const facts = { try: this.#pace.calls, ms: this.#now - startedAt };
    if (outcome.kind === "answered") {
      cooldowns.succeed(candidate);
      if (this.#pace.calls > 1 || candidate !== candidates[0])
        note({ event: "model_answered", model: candidate.name, ...facts });
      return "forwarded";
    }
    const { cause, retryAfterMs, error } = outcome.failed;
    purse?.charge(candidate.model, error.usage, outcome.kind === "broke_off" && isSilent !== true);
    const restMs = cooldowns.fail(candidate, cause, this.#now, retryAfterMs);
    this.#pace.tried.set(candidate, triedAgain(this.#pace.tried.get(candidate), cause, this.#now, retryAfterMs));
    note(noteOfFailure(candidate, outcome, { ...facts, restMs }));
    if (outcome.kind === "broke_off") {
      this.#out.push(this.#brokenOff(candidate, outcome.failed));
      return "forwarded";
    }
    const usage = usageOf(error);
    if (outcome.answer !== undefined) this.#keepEmpty({ events: outcome.answer, usage });
    else this.#bill(usage);
    return { candidate, cause };
  }

  /** The end of an answer that had begun. What it has cost is in it, for pi to count. */
  #brokenOff(candidate: Candidate, { cause, error: { usage } }: FailedCall): AssistantMessageEvent {
    const isForPi = !isFinalCause(cause) && this.#next().kind !== "give_up";
    if (isForPi) {
      this.#remember({ candidate, cause });
      this.#failover.repetition?.leave(this.#pace);
    }
    return failureEvent({ candidate, cause }, { isForPi, usage });
  }

  /** What becomes of a call that every model has failed. */
  #whatIsLeft(tooSmall: ReadonlySet<Candidate>): "forwarded" | Failure {
    const { candidates, cooldowns } = this.#failover;
    if (this.#empty !== undefined) {
      for (const event of this.#empty.events) this.#out.push(event);
      return "forwarded";
    }
    const widest = [...tooSmall]
      .filter((candidate) => !cooldowns.isOut(candidate, this.#now))
      .toSorted((a, b) => b.model.contextWindow - a.model.contextWindow)[0];
    // Summed up, the transcript may fit one that has not failed.
    if (widest !== undefined) return { candidate: widest, cause: "overflow" };
    return this.#pace.failure ?? { candidate: candidates[0], cause: "unknown" };
  }

  /** The fallbacks whose window is too small for the transcript. What is too much for the first model, its provider says. */
  #tooSmall(context: TranscriptContext): Set<Candidate> {
    const smaller = this.#failover.candidates.filter((candidate) => this.#isSmaller(candidate));
    if (smaller.length === 0) return new Set();
    const tokens = estimateContextTokens(context).tokens + WINDOW_SPARE_TOKENS;
    const tooSmall = smaller.filter(({ model }) => model.contextWindow < tokens);
    for (const { name, model } of tooSmall) {
      this.#failover.note({
        event: "model_skipped",
        model: name,
        cause: "window",
        tokens,
        windowTokens: model.contextWindow,
      });
    }
    return new Set(tooSmall);
  }

  /** The time; a pause has passed when it is over, whatever the clock says. */
  get #now(): number {
    return Math.max(this.#failover.now(), this.#pace.startedAt + this.#pace.pausedMs);
  }

  #isSmaller({ model }: Candidate): boolean {
    return model.contextWindow < this.#failover.candidates[0].model.contextWindow;
  }

  #keepEmpty(empty: EmptyAnswer | undefined): void {
    if (this.#empty !== undefined) this.#bill(this.#empty.usage);
    this.#empty = empty;
  }

  #bill(usage: Usage): void {
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
    if (inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens > 0) this.#failover.billed(usage);
  }
}
