/** Models that failed rest for a while, so that the next turn does not wait for them again. Kept per process. */

/** First and longest rest; doubled with every failure in a row. */
const COOLDOWN = { firstMs: 30_000, maxMs: 600_000 } as const;

type Rest = { readonly failures: number; readonly until: number };

export class Cooldowns {
  readonly #rests = new Map<string, Rest>();

  /** The same items, resting ones last: a model that rests is still better than none. */
  order<T extends { readonly name: string }>(items: readonly T[], now: number): readonly T[] {
    const rests = (item: T) => (this.#rests.get(item.name)?.until ?? 0) > now;
    return [...items.filter((item) => !rests(item)), ...items.filter(rests)];
  }

  /** Notes a failure. */
  fail(name: string, now: number): void {
    const failures = (this.#rests.get(name)?.failures ?? 0) + 1;
    const restMs = Math.min(COOLDOWN.firstMs * 2 ** (failures - 1), COOLDOWN.maxMs);
    this.#rests.set(name, { failures, until: now + restMs });
  }

  /** Notes a success: the model is trusted again at once. */
  succeed(name: string): void {
    this.#rests.delete(name);
  }
}
