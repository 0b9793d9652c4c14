/** The time of the emulated Gateway: Discord's milliseconds, made shorter by the time scale. */

export class Clock {
  readonly now: () => number;
  readonly #scale: number;
  readonly #running = new Set<NodeJS.Timeout>();

  constructor(scale: number, now: () => number) {
    this.#scale = scale;
    this.now = now;
  }

  /** How long something of Discord's time takes here. */
  scaled(ms: number): number {
    return ms / this.#scale;
  }

  /** Does something after a while of Discord's time, and a slack of real time; returns how to prevent it. */
  after(ms: number, what: () => void, slackMs = 0): () => void {
    const timer = setTimeout(
      () => {
        this.#running.delete(timer);
        what();
      },
      this.scaled(ms) + slackMs,
    );
    this.#running.add(timer);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }

  stop(): void {
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}
