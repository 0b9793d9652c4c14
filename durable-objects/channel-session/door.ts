/** Lets what comes to a session in one by one, in the order in which it came, though each may wait for the directory. */
export class Door {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all before it are through. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
