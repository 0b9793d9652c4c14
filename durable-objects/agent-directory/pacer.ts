/** Keeps count of the calls to each platform: in memory, since it is about the last seconds; pauses are rows. */
import { OBJECT_BOUNDS } from "../bounds.ts";
import { type Slot, type SlotRequest, takeSlot } from "./pace.ts";

export class Pacer {
  readonly #sql: SqlStorage;
  readonly #arrivals = new Map<string, number>();
  readonly #pauses = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<{ channel: string; paused_until: number }>("SELECT channel, paused_until FROM pauses");
    for (const { channel, paused_until: until } of rows) this.#pauses.set(channel, until);
  }

  /** Takes a slot, or says when to ask again. */
  take(request: SlotRequest, now: number): Slot {
    const { slot, taken } = takeSlot(this.#arrivals, request, this.#pauses.get(request.channel) ?? 0, now);
    for (const [key, arrival] of taken) this.#arrivals.set(key, arrival);
    if (this.#arrivals.size > OBJECT_BOUNDS.pacedChatsMax) this.#forget(now);
    return slot;
  }

  /** Nothing leaves to this platform before `until`; a shorter pause changes nothing. */
  pause(channel: string, until: number): void {
    if (until <= (this.#pauses.get(channel) ?? 0)) return;
    this.#sql.exec("INSERT OR REPLACE INTO pauses (channel, paused_until) VALUES (?, ?)", channel, until);
    this.#pauses.set(channel, until);
  }

  /** Chats that have used up what they took are as if never seen. */
  #forget(now: number): void {
    for (const [key, arrival] of this.#arrivals) if (arrival <= now) this.#arrivals.delete(key);
  }
}
