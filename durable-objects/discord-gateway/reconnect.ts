/** How a connection is left, and when the next one is tried. Pure. */
import { backoffMs } from "../../protocol/backoff.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Context, State } from "./gateway-state.ts";

/** How long ago the last try must have begun, still to be waited; where the clock was set back, no longer than ever. */
export function attemptWaitMs({ attemptedAt }: State, now: number): number {
  const { connectEveryMs } = GATEWAY_BOUNDS;
  return Math.max(0, Math.min(connectEveryMs, attemptedAt + connectEveryMs - now));
}

/** No connection, and none for `waitMs`. What still comes of the last one is of the past. */
export function idle(state: State, waitMs: number, { now }: Context): State {
  return {
    ...state,
    phase: "idle",
    since: state.phase === "idle" ? state.since : now,
    deadlineAt: now + Math.max(waitMs, attemptWaitMs(state, now)),
    connection: state.connection + 1,
    heartbeat: null,
  };
}

/** The same after a try that led to nothing: with a pause, and up to half of it again so that not all come back at once. */
export function afterFailure(state: State, context: Context): State {
  const failures = state.failures + 1;
  const pauseMs = backoffMs(failures, GATEWAY_BOUNDS);
  return idle({ ...state, failures }, Math.min(GATEWAY_BOUNDS.retryMaxMs, pauseMs * (1 + context.random / 2)), context);
}
