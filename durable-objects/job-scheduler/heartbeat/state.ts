/** The heartbeat row: what it remembers from one beat to the next. Synchronous SQL only. */
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import type { Told } from "./repetition.ts";

export type HeartbeatState = {
  readonly isPaused: boolean;
  /** The slot of the last one that was begun; null: none was. Epoch ms. */
  readonly lastBeatAt: number | null;
  /** When an event wants one; null: none does. */
  readonly wakeAt: number | null;
  /** When the owner had written last, as the last decision took it; null: never, or none was made. */
  readonly ownerActiveAt: number | null;
  /** What was told within `HEARTBEAT_BOUNDS.duplicateMs`, the newest last. */
  readonly told: readonly Told[];
  /** Beats in a row that were given events and failed. */
  readonly eventFailures: number;
};

const NEW: HeartbeatState = {
  isPaused: false,
  lastBeatAt: null,
  wakeAt: null,
  ownerActiveAt: null,
  told: [],
  eventFailures: 0,
};

/** The state as it is stored. */
export function readState(sql: SqlStorage): HeartbeatState {
  const [row] = sql.exec<{ state: string }>("SELECT state FROM heartbeat").toArray();
  if (!row) return NEW;
  const state: HeartbeatState = JSON.parse(row.state); // only `changeState` writes it
  return state;
}

/**
 * A state without the times that lie ahead of `now`: they were written by a clock that went wrong, and would keep the
 * heartbeat waiting until they come. An event that waits for such a time waits no longer. Pure.
 */
export function believable(state: HeartbeatState, now: number): HeartbeatState {
  const latest = now + HEARTBEAT_BOUNDS.clockSlackMs;
  const { lastBeatAt, wakeAt, told } = state;
  return {
    ...state,
    lastBeatAt: lastBeatAt !== null && lastBeatAt > latest ? null : lastBeatAt,
    wakeAt: wakeAt !== null && wakeAt > latest ? now : wakeAt,
    told: told.filter(({ at }) => at <= latest),
  };
}

/** Changes what it names. */
export function changeState(sql: SqlStorage, change: Partial<HeartbeatState>): void {
  const state = { ...readState(sql), ...change };
  sql.exec("INSERT OR REPLACE INTO heartbeat (id, state) VALUES (1, ?)", JSON.stringify(state));
}
