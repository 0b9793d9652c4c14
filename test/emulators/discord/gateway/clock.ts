/** The time of the emulated Gateway: Discord's milliseconds, made shorter by the time scale. */

/** Slack passes in slices: a process that is held up itself loses one of them, and still hears who was in time. */
const SLACK_SLICES = 5;

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
    let slicesLeft = slackMs > 0 ? SLACK_SLICES : 0;
    let timer: NodeJS.Timeout;
    const wait = (waitMs: number): void => {
      timer = setTimeout(() => {
        this.#running.delete(timer);
        slicesLeft -= 1;
        if (slicesLeft >= 0) wait(slackMs / SLACK_SLICES);
        else what();
      }, waitMs);
      this.#running.add(timer);
    };
    wait(this.scaled(ms));
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
