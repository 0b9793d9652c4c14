/** One session of the Gateway: its numbered dispatches, kept for a replay, and the connection that carries them. */
import type { Connection } from "./connection.ts";
import type { GatewayEvent } from "./event.ts";
import type { Shard } from "./intents.ts";

/** An event on its way, whichever sessions hear of it. */
export type Tracked = {
  readonly event: GatewayEvent;
  /** It was written to a live connection of some session. */
  isWritten: boolean;
  /** And that client has since said a number that is not smaller. */
  isConfirmed: boolean;
};

export type Kept = {
  readonly s: number;
  readonly t: string;
  readonly d: unknown;
  /** Null: READY and RESUMED, of the session itself. */
  readonly tracked: Tracked | null;
};

export class Session {
  readonly id: string;
  readonly intents: number;
  readonly shard: Shard;
  /** The connection that carries it now. */
  connection: Connection | null = null;
  /** Ends the wait for a connection to come back. */
  cancelExpiry: () => void = () => {};
  readonly #replayMax: number;
  #s = 0;
  readonly #kept: Kept[] = [];
  readonly #dropped: Kept[] = [];

  constructor(id: string, intents: number, shard: Shard, replayMax: number) {
    this.id = id;
    this.intents = intents;
    this.shard = shard;
    this.#replayMax = replayMax;
  }

  /** The number of the newest dispatch. */
  get s(): number {
    return this.#s;
  }

  /** The smallest number that a RESUME may name. */
  get oldestSeq(): number {
    return (this.#kept[0]?.s ?? 1) - 1;
  }

  add(t: string, d: unknown, tracked: Tracked | null = null): void {
    this.#s += 1;
    this.#kept.push({ s: this.#s, t, d, tracked });
    // RESUMED must not push out what it is the end of.
    if (!tracked || this.#kept.length <= this.#replayMax) return;
    const tooMany = this.#kept.splice(0, this.#kept.length - this.#replayMax);
    this.#dropped.push(...tooMany.filter(({ tracked: dropped }) => dropped && !dropped.isConfirmed));
  }

  after(s: number): readonly Kept[] {
    // From the end: what is new is little, what is kept may be much.
    let from = this.#kept.length;
    while (from > 0 && (this.#kept[from - 1]?.s ?? 0) > s) from -= 1;
    return this.#kept.slice(from);
  }

  /** The client says that it has seen everything up to this number. */
  confirm(s: number): void {
    for (const { s: own, tracked } of [...this.#dropped, ...this.#kept])
      if (tracked && own <= s) tracked.isConfirmed = true;
  }

  /** The events of people that it keeps, or kept until they were too many. */
  get tracked(): readonly Tracked[] {
    return [...this.#dropped, ...this.#kept].flatMap(({ tracked }) => tracked ?? []);
  }
}
