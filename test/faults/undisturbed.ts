/**
 * Measures for how long an answer came in at the edge while the suite held nothing of its chat: one that was taken up
 * again when its agent was all but through had no time to be shown growing. Pure.
 */

export class Undisturbed {
  /** When the first delta came since the run began or its chat was let go. */
  readonly #since = new Map<number, number>();
  readonly #held = new Map<number, number>();
  readonly #longestMs = new Map<number, number>();

  /** A chat's code came to a fail point. To be told before the chat is held there. */
  reached(chat: number, point: string, now: number): void {
    if (point === "event.accepted") this.#since.delete(chat);
    if ((point !== "event.delta" && point !== "event.final") || this.#held.has(chat)) return;
    const since = this.#since.get(chat);
    if (since !== undefined) this.#longestMs.set(chat, Math.max(this.longestMs(chat), now - since));
    else if (point === "event.delta") this.#since.set(chat, now);
  }

  held(chat: number): void {
    this.#held.set(chat, (this.#held.get(chat) ?? 0) + 1);
    this.#since.delete(chat);
  }

  released(chat: number): void {
    const left = (this.#held.get(chat) ?? 0) - 1;
    if (left > 0) this.#held.set(chat, left);
    else this.#held.delete(chat);
  }

  /** The longest time from a delta to a later one, or to the end, of one run. */
  longestMs(chat: number): number {
    return this.#longestMs.get(chat) ?? 0;
  }
}
