/**
 * When a runtime session counts as idle. Pure.
 * Invocations reset the idle time, and so does an agent that says it is busy. The documentation lets the agent leave
 * out `time_of_last_update`; others measured that HealthyBusy without it is ignored. Both can be chosen.
 */

/** What the agent answered to `/ping`. */
export type Ping = {
  readonly status: "Healthy" | "HealthyBusy";
  /** Unix seconds of the last change of status, if the agent says. */
  readonly timeOfLastUpdate: number | null;
};

export type BusyWithoutTime = "honoured" | "ignored";

export type Liveness = {
  /** Epoch ms of the last sign of work. */
  readonly activeAt: number;
  readonly invocations: number;
  readonly isBusy: boolean;
  readonly timeOfLastUpdate: number | null;
};

/** A session that was just given its process. */
export function beginLiveness(now: number): Liveness {
  return { activeAt: now, invocations: 0, isBusy: false, timeOfLastUpdate: null };
}

/** An invocation began (`+1`) or ended (`-1`). Its agent may go on with it: it is busy until it says that it is not. */
export function countInvocation(state: Liveness, change: 1 | -1, now: number): Liveness {
  return { ...state, invocations: state.invocations + change, isBusy: true, activeAt: now };
}

/** The agent answered a ping. A `time_of_last_update` that moves is work, even if it moves with every ping. */
export function observePing(state: Liveness, ping: Ping, mode: BusyWithoutTime, now: number): Liveness {
  const isBusy = ping.status === "HealthyBusy" && (ping.timeOfLastUpdate !== null || mode === "honoured");
  const hasMoved = ping.timeOfLastUpdate !== null && ping.timeOfLastUpdate !== state.timeOfLastUpdate;
  const activeAt = isBusy || hasMoved ? now : state.activeAt;
  return { ...state, isBusy, timeOfLastUpdate: ping.timeOfLastUpdate, activeAt };
}

/** Nothing runs: the session may be stopped to make room. */
export function isAtRest(state: Liveness): boolean {
  return state.invocations === 0 && !state.isBusy;
}

/** The idle timeout has passed. */
export function isIdle(state: Liveness, idleTimeoutMs: number, now: number): boolean {
  return isAtRest(state) && now - state.activeAt >= idleTimeoutMs;
}
