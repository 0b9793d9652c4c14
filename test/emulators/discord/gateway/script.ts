/** Faults that wait for the next connection or RESUME: each is used up by what it hits. */
import type { Verdict } from "./listener.ts";

export class Script {
  #refusals: Exclude<Verdict, "take">[] = [];
  #helloDelaysMs: number[] = [];
  #overlaps: number[] = [];
  /** Dispatches are numbered and kept back. */
  isHolding = false;

  refuse(verdict: Exclude<Verdict, "take">, times: number): void {
    this.#refusals.push(...Array.from({ length: times }, () => verdict));
  }

  delayHello(ms: number): void {
    this.#helloDelaysMs.push(ms);
  }

  overlap(count: number): void {
    this.#overlaps.push(count);
  }

  nextVerdict(): Verdict {
    return this.#refusals.shift() ?? "take";
  }

  nextHelloDelayMs(): number {
    return this.#helloDelaysMs.shift() ?? 0;
  }

  nextOverlap(): number {
    return this.#overlaps.shift() ?? 0;
  }
}
