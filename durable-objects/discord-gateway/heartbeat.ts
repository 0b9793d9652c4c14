/** Heartbeats of one connection: when the next is due, and which of those that Discord asks for are sent. Pure. */
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Context, Heartbeat, State, Step } from "./gateway-state.ts";

/** What Hello begins: the first one after a part of the interval, so that not all clients beat at once. */
export function firstBeat(saidMs: number, { now, random }: Context): Heartbeat {
  const { heartbeatMinMs, heartbeatMaxMs } = GATEWAY_BOUNDS;
  const intervalMs = Math.min(heartbeatMaxMs, Math.max(heartbeatMinMs, saidMs));
  return {
    intervalMs,
    dueAt: now + intervalMs * random,
    sentAt: null,
    ackedAt: null,
    isOutstanding: false,
    asked: 0,
    askedSince: now,
  };
}

export function isBeatDue(heartbeat: Heartbeat | null, now: number): heartbeat is Heartbeat {
  return heartbeat !== null && now >= heartbeat.dueAt;
}

/** The heartbeat with one more that Discord asked for; null: it has asked too often, and gets none. */
export function mayAnswerAsked(heartbeat: Heartbeat, now: number): Heartbeat | null {
  const { askedHeartbeatsMax, askedHeartbeatsWindowMs } = GATEWAY_BOUNDS;
  const isOver = now - heartbeat.askedSince >= askedHeartbeatsWindowMs;
  const counted = isOver ? { ...heartbeat, asked: 0, askedSince: now } : heartbeat;
  return counted.asked < askedHeartbeatsMax ? { ...counted, asked: counted.asked + 1 } : null;
}

/** Sends one. What is known to be of no interest is committed with it. */
export function beat(state: State, heartbeat: Heartbeat, now: number): Step {
  const next: Heartbeat = { ...heartbeat, sentAt: now, dueAt: now + heartbeat.intervalMs, isOutstanding: true };
  return {
    state: { ...state, seq: state.seen, heartbeat: next },
    effects: [{ kind: "send", payload: { kind: "heartbeat", seq: state.seen } }],
  };
}
