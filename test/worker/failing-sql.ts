/** A session's SQL whose writes can be made to fail, as those of a full disk do. */
export class FailingSql {
  readonly sql: SqlStorage;
  #wellFor = Number.POSITIVE_INFINITY;
  #failures = 0;

  constructor(real: SqlStorage) {
    this.sql = new Proxy(real, {
      get: (target, name) => {
        if (name !== "exec") return Reflect.get(target, name);
        return (query: string, ...bindings: unknown[]) => {
          if (!query.trimStart().startsWith("SELECT") && this.#isBroken()) throw new Error("the disk is full");
          return target.exec(query, ...bindings);
        };
      },
    });
  }

  /** After `writes` more writes the next `times` fail. */
  failAfter(writes: number, times: number): void {
    this.#wellFor = writes;
    this.#failures = times;
  }

  heal(): void {
    this.#failures = 0;
  }

  #isBroken(): boolean {
    if (this.#failures === 0) return false;
    this.#wellFor -= 1;
    if (this.#wellFor >= 0) return false;
    this.#failures -= 1;
    return true;
  }
}
