/** When a call of a model is over before its model says so. */

export const CALL_BOUNDS = {
  /** A call that sends nothing for this long is given up. Long: a model that thinks can be silent for a minute. */
  silenceMs: 120_000,
  /** A call that was given up can say this long what it has cost. */
  partingMs: 500,
} as const;

export type CallBounds = { readonly [Name in keyof typeof CALL_BOUNDS]: number };

/** Ends a call: when its model is silent for too long, when the turn is stopped, and when it is over. */
export class Hangup {
  readonly #call = new AbortController();
  readonly #stopped: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #gone = Promise.withResolvers<"gone">();
  readonly #leave: () => void;
  #parting: NodeJS.Timeout | undefined;
  #isSilent = false;
  readonly signal: AbortSignal;

  constructor(stopped: AbortSignal | undefined, { silenceMs, partingMs }: CallBounds) {
    this.#stopped = stopped;
    this.signal = stopped ? AbortSignal.any([stopped, this.#call.signal]) : this.#call.signal;
    this.#timer = setTimeout(() => {
      this.#isSilent = true;
      this.#call.abort();
    }, silenceMs);
    this.#leave = () => {
      this.#parting = setTimeout(() => {
        this.#gone.resolve("gone");
      }, partingMs);
    };
    if (this.signal.aborted) this.#leave();
    else this.signal.addEventListener("abort", this.#leave, { once: true });
  }

  /** Resolves when the call was hung up and its stream has not ended by itself. */
  get gone(): Promise<"gone"> {
    return this.#gone.promise;
  }

  /** Why the call was ended from here. */
  get cause(): "stopped" | "timeout" | undefined {
    if (this.#stopped?.aborted === true) return "stopped";
    return this.#isSilent ? "timeout" : undefined;
  }

  alive(): void {
    this.#timer.refresh();
  }

  /** A model that still speaks is not listened to any more. */
  end(): void {
    this.signal.removeEventListener("abort", this.#leave);
    clearTimeout(this.#timer);
    clearTimeout(this.#parting);
    this.#call.abort();
  }
}
