/** The state of the Gateway and its rows: each step of the machine is one transaction. */
import type { ConnectionEvent, Context, Effect, Event, State } from "./gateway-state.ts";
import { step } from "./machine.ts";
import { loadState, saveState } from "./state-rows.ts";

/** What is left to do after the commit. */
export type IoEffect = Exclude<Effect, { kind: "begin_backfill" | "tell_stopped" }>;
export type RowEffect = Exclude<Effect, IoEffect>;

export type StorePorts = {
  readonly context: () => Context;
  /** Writes the rows of an effect, in the transaction of its step. */
  readonly write: (effect: RowEffect) => void;
  /** Called after every commit with the state before and the I/O that its steps asked for; must not throw. */
  readonly committed: (before: State, effects: readonly IoEffect[]) => void;
};

export class GatewayStore {
  readonly #storage: DurableObjectStorage;
  readonly #ports: StorePorts;
  #state: State;
  #asked: IoEffect[] = [];

  constructor(storage: DurableObjectStorage, ports: StorePorts) {
    this.#storage = storage;
    this.#ports = ports;
    this.#state = loadState(storage.sql);
  }

  get state(): State {
    return this.#state;
  }

  /** Whether what a connection brings is still of the present. */
  isCurrent({ connection }: Pick<ConnectionEvent, "connection">): boolean {
    return connection === this.#state.connection;
  }

  /** One event by itself. */
  dispatch(event: Event): void {
    this.transact(() => this.advance(event));
  }

  /** Runs `work` in one transaction; if it throws, state and rows are as before, and nothing was handed out. */
  transact<T>(work: () => T): T {
    const before = this.#state;
    this.#asked = [];
    let result: T;
    try {
      result = this.#storage.transactionSync(work);
    } catch (error) {
      this.#state = before;
      throw error;
    }
    const asked = this.#asked;
    this.#asked = [];
    this.#ports.committed(before, asked);
    return result;
  }

  /** One step inside a transaction. */
  advance(event: Event): void {
    const { state, effects } = step(this.#state, event, this.#ports.context());
    saveState(this.#storage.sql, this.#state, state);
    for (const effect of effects) {
      if (effect.kind === "begin_backfill" || effect.kind === "tell_stopped") this.#ports.write(effect);
      else this.#asked.push(effect);
    }
    this.#state = state;
  }
}
