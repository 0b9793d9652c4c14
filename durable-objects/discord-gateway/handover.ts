/**
 * Hands stored events to their sessions: those of one channel in order, those of different ones beside each other. What
 * cannot be handed over now is tried again later, and keeps nothing waiting but its own lane.
 */
import { errorFields, log } from "../../worker/log.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import { countEvents, deleteEvent, postpone, readHead, readLanes, type StoredEvent } from "./inbox.ts";

export type HandoverPorts = {
  /** Hands one event over. Throws when it is to be tried again. */
  readonly deliver: (event: StoredEvent) => Promise<void>;
  /** Until when a lane waits for older events of its channel (epoch ms); 0: it does not. */
  readonly heldUntil: (lane: string) => number;
  /** Something has changed that the alarm depends on. */
  readonly changed: () => void;
};

type Lane = { dueAt: number; isRunning: boolean };

export class Handover {
  readonly #sql: SqlStorage;
  readonly #ports: HandoverPorts;
  readonly #lanes = new Map<string, Lane>();
  #running = 0;
  #waiting: number;

  /** Takes up what an instance before left. */
  constructor(sql: SqlStorage, ports: HandoverPorts) {
    this.#sql = sql;
    this.#ports = ports;
    for (const lane of readLanes(sql)) this.#lanes.set(lane, { dueAt: 0, isRunning: false });
    this.#waiting = countEvents(sql);
  }

  /** Events that are stored and not handed over yet. */
  get waiting(): number {
    return this.#waiting;
  }

  get hasRoom(): boolean {
    return this.#waiting < GATEWAY_BOUNDS.inboxMax;
  }

  /** An event of this lane was committed. */
  added(lane: string): void {
    this.#waiting += 1;
    if (!this.#lanes.has(lane)) this.#lanes.set(lane, { dueAt: 0, isRunning: false });
  }

  /** Starts what is due, as far as there is room for it. Never rejects. */
  kick(now: number): void {
    for (const [name, lane] of this.#lanes) {
      if (this.#running >= GATEWAY_BOUNDS.lanesAtATimeMax) return;
      if (lane.isRunning || lane.dueAt > now || this.#ports.heldUntil(name) > now) continue;
      lane.isRunning = true;
      this.#running += 1;
      void this.#run(name, lane);
    }
  }

  /** When a lane that waits is due; null: none waits. Those under way are looked after by whoever watches. */
  nextDueAt(now: number): number | null {
    const watchAt = now + GATEWAY_BOUNDS.handoverWatchMs;
    // Where there is no room the end of another lane begins the next: an alarm could do nothing, again and again.
    const notBefore = this.#running >= GATEWAY_BOUNDS.lanesAtATimeMax ? watchAt : 0;
    const times = [...this.#lanes].map(([name, { dueAt, isRunning }]) =>
      isRunning ? watchAt : Math.max(dueAt, this.#ports.heldUntil(name), notBefore),
    );
    return times.length > 0 ? Math.min(...times) : null;
  }

  async #run(name: string, lane: Lane): Promise<void> {
    try {
      while (await this.#next(name, lane));
    } catch (error) {
      log("error", "gateway_handover_failed", errorFields(error));
      lane.dueAt = Date.now() + GATEWAY_BOUNDS.handoverRetry.retryMaxMs;
    } finally {
      lane.isRunning = false;
      this.#running -= 1;
    }
    this.kick(Date.now());
    this.#ports.changed();
  }

  /** Whether the next event of the lane can follow at once. */
  async #next(name: string, lane: Lane): Promise<boolean> {
    const head = readHead(this.#sql, name);
    if (!head) {
      this.#lanes.delete(name);
      return false;
    }
    lane.dueAt = head.dueAt;
    if (head.dueAt > Date.now()) return false;
    try {
      await this.#ports.deliver(head);
    } catch (error) {
      const { name: event, attempts, seq } = head;
      log("warn", "gateway_event_waits", { event, row: seq, attempts: attempts + 1, ...errorFields(error) });
      lane.dueAt = postpone(this.#sql, head, Date.now());
      return false;
    }
    deleteEvent(this.#sql, head.seq);
    this.#waiting -= 1;
    return true;
  }
}
