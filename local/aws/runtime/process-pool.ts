/**
 * Agent processes ready to be given to a session, as platform V2 restores a snapshot instead of booting. A few spares
 * are kept, of the version that new sessions want; sessions that wait come before spares, and few processes start at once
 * because starting one costs a core.
 */
import { availableParallelism } from "node:os";
import { RUNTIME_STAND_IN_BOUNDS as BOUNDS } from "../bounds.ts";
import type { Log } from "../log.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { AgentVersion } from "./versions.ts";

/** A process and the number of the version that it runs. */
export type PooledProcess = AgentProcess & { readonly version: string };

export type ProcessPoolOptions = {
  /** Starts one process; rejects when it cannot be had, or at once and with it gone when `signal` says so. */
  readonly start: (version: AgentVersion, signal: AbortSignal) => Promise<PooledProcess>;
  /** The version of the spares, until `want` says another. */
  readonly wanted: AgentVersion;
  /** Un-sessioned processes kept ready. */
  readonly spares: number;
  /** Most processes that live at any time, spares included. */
  readonly processMax: number;
  readonly log: Log;
};

type Waiter = PromiseWithResolvers<PooledProcess> & { readonly version: AgentVersion };

export class ProcessPool {
  readonly #options: ProcessPoolOptions;
  readonly #startingMax = Math.max(2, availableParallelism());
  readonly #live = new Set<PooledProcess>();
  readonly #spares: PooledProcess[] = [];
  readonly #orphans = new Set<PooledProcess>();
  readonly #waiters: Waiter[] = [];
  #failures = 0;
  readonly #closing = new AbortController();
  readonly #starts = new Map<Promise<PooledProcess>, AgentVersion>();
  #refill: NodeJS.Timeout | undefined;
  #wanted: AgentVersion;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    this.#wanted = options.wanted;
  }

  /** Starts the first process and resolves when it is healthy; the other spares follow. Rejects when it fails. */
  async open(): Promise<void> {
    if (this.#options.spares === 0 || this.#options.processMax === 0) return;
    this.#keep(await this.#start(this.#wanted));
    this.#fill();
  }

  /** Spares are of this version from now on; those of another go. */
  want(version: AgentVersion): void {
    this.#wanted = version;
    for (const spare of this.#spares.filter(({ version: number }) => number !== version.number)) this.#drop(spare);
    this.#fill();
  }

  /**
   * A healthy process of a version for a session: a spare, or the next one that starts. The caller ends it.
   * Rejects when the process does not start; waits while `processMax` live.
   */
  acquire(version: AgentVersion): Promise<PooledProcess> {
    if (this.#closing.signal.aborted) return Promise.reject(closing());
    const index = this.#spares.findIndex((spare) => spare.version === version.number);
    const [spare] = index === -1 ? [] : this.#spares.splice(index, 1);
    if (spare) {
      this.#planRefill(BOUNDS.spareQuietMs);
      return Promise.resolve(spare);
    }
    const waiter = { ...Promise.withResolvers<PooledProcess>(), version };
    this.#waiters.push(waiter);
    this.#fill();
    return waiter.promise;
  }

  /** The spares, for a look from outside. */
  spares(): readonly PooledProcess[] {
    return this.#spares;
  }

  /** Takes back a process that its session lost: it goes on outside of `processMax`, until it ends or `close`. */
  disown(lost: AgentProcess): void {
    const orphan = [...this.#live].find((process) => process === lost);
    if (!orphan) return; // it has ended meanwhile
    this.#live.delete(orphan);
    if (this.#closing.signal.aborted) orphan.kill();
    this.#orphans.add(orphan);
    this.#fill();
  }

  /** What sessions lost, for a look from outside. */
  orphans(): readonly PooledProcess[] {
    return [...this.#orphans];
  }

  /** Ends the spares and the orphans, and refuses whoever waits. Processes of sessions are their sessions'. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#refill);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closing());
    const unused = [...this.#spares.splice(0), ...this.#orphans];
    for (const process of unused) process.kill();
    await Promise.allSettled([...this.#starts.keys(), ...unused.map((process) => process.exited)]);
  }

  /** Starts what the waiting sessions need; one spare when nobody waits. */
  #fill(): void {
    for (let next = this.#nextStart(); next; next = this.#nextStart()) {
      const version = next;
      void this.#start(version).then(
        (process) => this.#give(process),
        (error: unknown) => this.#fail(version, error),
      );
    }
  }

  /** Of which version a process is to be started now; null: none. */
  #nextStart(): AgentVersion | null {
    if (this.#closing.signal.aborted) return null;
    const waiting = this.#waiters.find(({ version }) => this.#isShort(version))?.version ?? null;
    if (this.#live.size + this.#starts.size >= this.#options.processMax) {
      // A spare of another version is in the way of whoever waits; its end starts what they need.
      const [spare] = waiting === null ? [] : this.#spares;
      if (spare) this.#drop(spare);
      return null;
    }
    if (this.#waiters.length > 0) return this.#starts.size < this.#startingMax ? waiting : null;
    const isSpareDue =
      this.#starts.size === 0 && this.#refill === undefined && this.#spares.length < this.#options.spares;
    return isSpareDue ? this.#wanted : null;
  }

  /** Whether more sessions wait for a version than processes of it are starting. */
  #isShort({ number }: AgentVersion): boolean {
    const starting = [...this.#starts.values()].filter((version) => version.number === number).length;
    return this.#waiters.filter(({ version }) => version.number === number).length > starting;
  }

  async #start(version: AgentVersion): Promise<PooledProcess> {
    const starting = this.#options.start(version, this.#closing.signal);
    this.#starts.set(starting, version);
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

  #give(process: PooledProcess): void {
    const waiter = this.#takeWaiter(process.version);
    if (waiter) {
      waiter.resolve(process);
      this.#planRefill(BOUNDS.spareQuietMs);
    } else {
      this.#keep(process);
    }
    this.#fill();
  }

  /** Whoever has waited longest for a version. */
  #takeWaiter(number: string): Waiter | undefined {
    const index = this.#waiters.findIndex(({ version }) => version.number === number);
    return index === -1 ? undefined : this.#waiters.splice(index, 1)[0];
  }

  #keep(process: PooledProcess): void {
    if (this.#closing.signal.aborted || process.version !== this.#wanted.number) process.kill();
    else this.#spares.push(process);
  }

  /** A spare that nobody wants. */
  #drop(spare: PooledProcess): void {
    this.#spares.splice(this.#spares.indexOf(spare), 1);
    spare.kill();
  }

  #fail({ number }: AgentVersion, error: unknown): void {
    this.#failures += 1;
    this.#options.log({ event: "agent_process_not_started", error: String(error), failures: this.#failures });
    this.#takeWaiter(number)?.reject(error);
    this.#planRefill(Math.min(BOUNDS.startRetryMaxMs, BOUNDS.startRetryFirstMs * 2 ** this.#failures));
    this.#fill();
  }

  #forget(process: PooledProcess): void {
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
