/**
 * Agent processes ready to be given to a session, as platform V2 restores a snapshot instead of booting. A few spares
 * are kept; sessions that wait come before spares, and few processes start at once because starting one costs a core.
 */
import { availableParallelism } from "node:os";
import { RUNTIME_STAND_IN_BOUNDS as BOUNDS } from "../bounds.ts";
import type { Log } from "../log.ts";
import type { AgentProcess } from "./agent-process.ts";

export type ProcessPoolOptions = {
  /** Starts one process; rejects when it cannot be had, or at once and with it gone when `signal` says so. */
  readonly start: (signal: AbortSignal) => Promise<AgentProcess>;
  /** Un-sessioned processes kept ready. */
  readonly spares: number;
  /** Most processes that live at any time, spares included. */
  readonly processMax: number;
  readonly log: Log;
};

type Waiter = PromiseWithResolvers<AgentProcess>;

export class ProcessPool {
  readonly #options: ProcessPoolOptions;
  readonly #startingMax = Math.max(2, availableParallelism());
  readonly #live = new Set<AgentProcess>();
  readonly #spares: AgentProcess[] = [];
  readonly #orphans = new Set<AgentProcess>();
  readonly #waiters: Waiter[] = [];
  #failures = 0;
  readonly #closing = new AbortController();
  readonly #starts = new Set<Promise<AgentProcess>>();
  #refill: NodeJS.Timeout | undefined;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  /** Starts the first process and resolves when it is healthy; the other spares follow. Rejects when it fails. */
  async open(): Promise<void> {
    if (this.#options.spares === 0 || this.#options.processMax === 0) return;
    this.#keep(await this.#start());
    this.#fill();
  }

  /**
   * A healthy process for a session: a spare, or the next one that starts. The caller ends it.
   * Rejects when the process does not start; waits while `processMax` live.
   */
  acquire(): Promise<AgentProcess> {
    if (this.#closing.signal.aborted) return Promise.reject(closing());
    const spare = this.#spares.shift();
    if (spare) {
      this.#planRefill(BOUNDS.spareQuietMs);
      return Promise.resolve(spare);
    }
    const waiter = Promise.withResolvers<AgentProcess>();
    this.#waiters.push(waiter);
    this.#fill();
    return waiter.promise;
  }

  /** The spares, for a look from outside. */
  spares(): readonly AgentProcess[] {
    return this.#spares;
  }

  /** Takes back a process that its session lost: it goes on outside of `processMax`, until it ends or `close`. */
  disown(orphan: AgentProcess): void {
    if (!this.#live.delete(orphan)) return; // it has ended meanwhile
    if (this.#closing.signal.aborted) orphan.kill();
    this.#orphans.add(orphan);
    this.#fill();
  }

  /** What sessions lost, for a look from outside. */
  orphans(): readonly AgentProcess[] {
    return [...this.#orphans];
  }

  /** Ends the spares and the orphans, and refuses whoever waits. Processes of sessions are their sessions'. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#refill);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closing());
    const unused = [...this.#spares.splice(0), ...this.#orphans];
    for (const process of unused) process.kill();
    await Promise.allSettled([...this.#starts, ...unused.map((process) => process.exited)]);
  }

  /** Starts what the waiting sessions need; one spare when nobody waits. */
  #fill(): void {
    while (!this.#closing.signal.aborted && this.#needsStart()) {
      void this.#start().then(
        (process) => this.#give(process),
        (error: unknown) => this.#fail(error),
      );
    }
  }

  #needsStart(): boolean {
    if (this.#live.size + this.#starts.size >= this.#options.processMax) return false;
    if (this.#waiters.length > 0) return this.#starts.size < Math.min(this.#waiters.length, this.#startingMax);
    return this.#starts.size === 0 && this.#refill === undefined && this.#spares.length < this.#options.spares;
  }

  async #start(): Promise<AgentProcess> {
    const starting = this.#options.start(this.#closing.signal);
    this.#starts.add(starting);
    try {
      const process = await starting;
      this.#live.add(process);
      void process.exited.then(() => this.#forget(process));
      this.#failures = 0;
      return process;
    } finally {
      this.#starts.delete(starting);
    }
  }

  #give(process: AgentProcess): void {
    const waiter = this.#waiters.shift();
    if (waiter) {
      waiter.resolve(process);
      this.#planRefill(BOUNDS.spareQuietMs);
    } else {
      this.#keep(process);
    }
    this.#fill();
  }

  #keep(process: AgentProcess): void {
    if (this.#closing.signal.aborted) process.kill();
    else this.#spares.push(process);
  }

  #fail(error: unknown): void {
    this.#failures += 1;
    this.#options.log({ event: "agent_process_not_started", error: String(error), failures: this.#failures });
    this.#waiters.shift()?.reject(error);
    this.#planRefill(Math.min(BOUNDS.startRetryMaxMs, BOUNDS.startRetryFirstMs * 2 ** this.#failures));
    this.#fill();
  }

  #forget(process: AgentProcess): void {
    this.#live.delete(process);
    this.#orphans.delete(process);
    const index = this.#spares.indexOf(process);
    if (index !== -1) {
      this.#spares.splice(index, 1);
      this.#planRefill(BOUNDS.startRetryFirstMs);
    }
    this.#fill();
  }

  /** Spares wait until `quietMs` have passed without another reason to wait. */
  #planRefill(quietMs: number): void {
    clearTimeout(this.#refill);
    this.#refill = setTimeout(() => {
      this.#refill = undefined;
      this.#fill();
    }, quietMs).unref();
  }
}

function closing(): Error {
  return new Error("the runtime is closing");
}
