/** "Invalid Request Limit": who gets 401, 403 or 429 too often is shut out by what stands in front of Discord. */
const WINDOW_MS = 600_000;
const COUNTED: ReadonlySet<number> = new Set([401, 403, 429]);

export class InvalidRequests {
  readonly #most: number;
  #times: number[] = [];
  #bannedUntil = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many there were in the last ten minutes. */
  count(now: number): number {
    this.#times = this.#times.filter((at) => now - at < WINDOW_MS);
    return this.#times.length;
  }

  /** Counts an answer; a 429 for what others did ("shared") does not count. */
  note(status: number, isShared: boolean, now: number): void {
    if (!COUNTED.has(status) || isShared) return;
    this.#times.push(now);
    if (this.count(now) >= this.#most) this.#bannedUntil = now + WINDOW_MS;
  }

  /** For how long we are shut out; 0: we are not. */
  bannedMs(now: number): number {
    return Math.max(0, this.#bannedUntil - now);
  }
}
