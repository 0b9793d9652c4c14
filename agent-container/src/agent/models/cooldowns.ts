/** Models that failed rest for a while, so that the next turn does not wait for them again. Kept per process. */
import { type Cause, CAUSES } from "./causes.ts";

/** How long a provider's own wish (`Retry-After`) keeps its model resting; then it is asked again. */
const WISHED_REST = { minMs: 1_000, maxMs: 600_000 } as const;

/** Whose rest is meant: a model, and the keys it was called with. */
export type Rester = { readonly name: string; readonly keyId: string };

type Rest = { readonly failures: number; readonly until: number; readonly cause: Cause; readonly keyId: string };

export class Cooldowns {
  readonly #rests = new Map<string, Rest>();

  /** Whether the model has failed so recently that another one is asked first. */
  rests(rester: Rester, now: number): boolean {
    return this.#restOf(rester, now) !== undefined;
  }

  /** Whether the model rests for a reason that trying it cannot end: its key, its credit, its name. */
  isOut(rester: Rester, now: number): boolean {
    const rest = this.#restOf(rester, now);
    return rest !== undefined && CAUSES[rest.cause].endsWithKeys === true;
  }

  /** Notes a failure; the rest in ms, 0 for none. What the provider wishes counts instead of the table, bounded. */
  fail({ name, keyId }: Rester, cause: Cause, now: number, wishedMs?: number): number {
    const { restsMs } = CAUSES[cause];
    if (restsMs.length === 0) return 0;
    const failures = Math.min((this.#rests.get(name)?.failures ?? 0) + 1, restsMs.length);
    const ofTable = restsMs[failures - 1] ?? 0;
    const restMs =
      wishedMs === undefined ? ofTable : Math.min(Math.max(wishedMs, WISHED_REST.minMs), WISHED_REST.maxMs);
    this.#rests.set(name, { failures, until: now + restMs, cause, keyId });
    return restMs;
  }

  /** Notes a success: the model is trusted again at once. */
  succeed({ name }: Rester): void {
    this.#rests.delete(name);
  }

  #restOf({ name, keyId }: Rester, now: number): Rest | undefined {
    const rest = this.#rests.get(name);
    if (rest === undefined || rest.until <= now) return undefined;
    return CAUSES[rest.cause].endsWithKeys && rest.keyId !== keyId ? undefined : rest;
  }
}
