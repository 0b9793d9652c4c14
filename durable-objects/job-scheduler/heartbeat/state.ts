/** The heartbeat row: what it remembers from one beat to the next. Synchronous SQL only. */
import type { HeartbeatState } from "./believable.ts";

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
  return { ...NEW, ...state };
}

/** Changes what it names. */
export function changeState(sql: SqlStorage, change: Partial<HeartbeatState>): void {
  const state = { ...readState(sql), ...change };
  sql.exec("INSERT OR REPLACE INTO heartbeat (id, state) VALUES (1, ?)", JSON.stringify(state));
}
