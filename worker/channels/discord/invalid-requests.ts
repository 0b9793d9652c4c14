/**
 * Counts the calls that Discord calls invalid. An address that makes 10,000 of them in ten minutes is shut out, and ours is
 * shared with others ("Invalid Request Limit"), so we stop long before. Pure: the time comes in.
 */

/** "Rate Limits": the window in which they are counted. */
const WINDOW_MS = 600_000;
/** So many of ours in a window; then nothing is called until it ends. A tenth of what Discord bears. */
export const INVALID_MAX = 1_000;

export class InvalidRequests {
  #count = 0;
  #endsAt = 0;

  /** A call was answered 401, 403, or 429 of a limit that is not shared with others. */
  record(now: number): void {
    if (now >= this.#endsAt) {
      this.#count = 0;
      this.#endsAt = now + WINDOW_MS;
    }
    this.#count += 1;
  }

  /** How long nothing may be called; 0 when all is well. */
  pauseMs(now: number): number {
    return this.#count >= INVALID_MAX ? Math.max(0, this.#endsAt - now) : 0;
  }
}
