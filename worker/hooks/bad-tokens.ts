/**
 * Counts wrong tokens, each address for itself, in the memory of this isolate: to write each of them down would be a way
 * to keep the storage busy from outside. It slows a guess down in no other way; that the token is long does (docs/hooks.md).
 */
import { HOOK_BOUNDS } from "../../protocol/own-work-bounds.ts";

type Window = { readonly since: number; readonly count: number };

/** All addresses beyond those that are counted for themselves. */
const OTHERS = "others";

export class BadTokens {
  readonly #windows = new Map<string, Window>();

  /** Counts one, and says how long its address is to be quiet (ms); 0: it may go on. */
  count(address: string, now: number): number {
    const { badTokensMax, badTokensWindowMs } = HOOK_BOUNDS;
    const who = this.#placeOf(address, now);
    const window = this.#windows.get(who);
    const current = window && now - window.since < badTokensWindowMs ? window : { since: now, count: 0 };
    if (current.count >= badTokensMax) return current.since + badTokensWindowMs - now;
    this.#windows.set(who, { since: current.since, count: current.count + 1 });
    return 0;
  }

  #placeOf(address: string, now: number): string {
    if (this.#windows.has(address) || this.#windows.size < HOOK_BOUNDS.addressesMax) return address;
    for (const [known, { since }] of this.#windows) {
      if (now - since >= HOOK_BOUNDS.badTokensWindowMs) this.#windows.delete(known);
    }
    return this.#windows.size < HOOK_BOUNDS.addressesMax ? address : OTHERS;
  }
}
