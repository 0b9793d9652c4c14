/** Discord's ids: the time in the upper bits, so that they rise; made from the emulator's clock. */

/** The first second of 2015. */
const EPOCH_MS = 1_420_070_400_000;
const TIME_SHIFT = 22n;

export class Snowflakes {
  readonly #now: () => number;
  #last = 0n;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** An id that is higher than all before. */
  next(): string {
    const id = BigInt(Math.max(1, Math.floor(this.#now()) - EPOCH_MS)) << TIME_SHIFT;
    this.#last = id > this.#last ? id : this.#last + 1n;
    return String(this.#last);
  }
}

/** Epoch ms of an id. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> TIME_SHIFT) + EPOCH_MS;
}

/** Whether `a` was made before `b`. */
export function isOlder(a: string, b: string): boolean {
  return BigInt(a) < BigInt(b);
}

export function isSnowflake(text: unknown): text is string {
  return typeof text === "string" && /^(?:0|[1-9]\d{0,19})$/u.test(text);
}
