/** A queue for work of which one piece alone takes much memory. */

export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when all that came before it has ended, well or not. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
