/** What a step has tried so far. It outlives a call: one that broke off after its first words pi makes again. */
import type { Candidate } from "./candidates.ts";
import type { Cause } from "./causes.ts";
import type { Tried } from "./next-try.ts";

/** How a call ended that nothing came of. */
export type Failure = { readonly candidate: Candidate; readonly cause: Cause };

export class StepPace {
  readonly tried = new Map<Candidate, Tried>();
  readonly startedAt: number;
  pausedMs = 0;
  calls = 0;
  /** Of the first model of all, or else of the one that was asked first. */
  failure: Failure | undefined;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }
}

/** Hands the pace of a call on to its repetition, so that both together try no more than one. */
export class Repetition {
  #left: StepPace | undefined;

  /** The pace that was left for the coming call, once; else a new one. */
  take(now: number): StepPace {
    const pace = this.#left ?? new StepPace(now);
    this.#left = undefined;
    return pace;
  }

  leave(pace: StepPace): void {
    this.#left = pace;
  }
}
