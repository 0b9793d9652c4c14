/** Counts IDENTIFYs ("Session Start Limit"): so many a day for the application, one in five seconds for each key. */
import { IDENTIFIES_WINDOW_MS, IDENTIFY_EVERY_MS, IDENTIFY_TOLERANCE } from "./bounds.ts";
import type { Clock } from "./clock.ts";

export type StartLimit = { readonly total: number; readonly remaining: number; readonly maxConcurrency: number };

/** As GET /gateway/bot tells it. */
export type SessionStartLimit = {
  readonly total: number;
  readonly remaining: number;
  readonly reset_after: number;
  readonly max_concurrency: number;
};

export class IdentifyLimit {
  readonly #clock: Clock;
  readonly #limit: StartLimit;
  /** When the last one of each key came. */
  readonly #last = new Map<number, number>();
  #remaining: number;
  #endsAt = 0;

  constructor(clock: Clock, limit: StartLimit) {
    this.#clock = clock;
    this.#limit = limit;
    this.#remaining = limit.remaining;
  }

  /** Counts one; also one that comes too early (guessed). "used_up" is for the one after the last. */
  take(shardId: number): "taken" | "too_early" | "used_up" {
    const now = this.#clock.now();
    this.#renew(now);
    if (this.#remaining <= 0) return "used_up";
    this.#remaining -= 1;
    const key = shardId % this.#limit.maxConcurrency;
    const last = this.#last.get(key) ?? Number.NEGATIVE_INFINITY;
    this.#last.set(key, now);
    return now - last < this.#clock.scaled(IDENTIFY_EVERY_MS) * IDENTIFY_TOLERANCE ? "too_early" : "taken";
  }

  describe(): SessionStartLimit {
    const now = this.#clock.now();
    this.#renew(now);
    return {
      total: this.#limit.total,
      remaining: this.#remaining,
      reset_after: Math.max(0, Math.ceil(this.#endsAt - now)),
      max_concurrency: this.#limit.maxConcurrency,
    };
  }

  #renew(now: number): void {
    if (now < this.#endsAt) return;
    if (this.#endsAt > 0) this.#remaining = this.#limit.total;
    this.#endsAt = now + this.#clock.scaled(IDENTIFIES_WINDOW_MS);
  }
}
