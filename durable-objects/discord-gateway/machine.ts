/**
 * The life of the one connection to Discord's Gateway, as a pure state machine: `step(state, event, context)`.
 *
 * Laws, kept whatever the order of events and wherever a crash falls:
 * - IDENTIFY is sent within the budget, at least 5 s after the last one, and only when no session can be resumed;
 * - nothing is sent before Hello, and no heartbeat of our own while the last one has no answer;
 * - `seq` never goes back while a session lasts, and never passes an event that is neither stored nor of no interest;
 * - a terminal state is left by other settings only.
 *
 * Effects that are I/O may be lost with the process: `wake` finds that nobody holds what the phase is about.
 */
import { assertNever } from "../../protocol/assert.ts";
import type { GatewayStopped } from "../../protocol/gateway.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import { CLOSE_FOR_GOOD, CLOSE_TO_RESUME, meaningOf } from "./close-codes.ts";
import { beat, firstBeat, isBeatDue, mayAnswerAsked } from "./heartbeat.ts";
import { countIdentify, identifyWaitMs } from "./identify-budget.ts";
import {
  type ConnectionEvent,
  type Context,
  type Effect,
  type Event,
  type Phase,
  type State,
  type Step,
  still,
} from "./gateway-state.ts";
import { afterFailure, attemptWaitMs, idle } from "./reconnect.ts";

/** One transition. What comes of an earlier connection changes nothing. */
export function step(state: State, event: Event, context: Context): Step {
  if (event.kind === "wake") return onWake(state, event.isHeld, context);
  if (event.kind === "stop") return turnOff(state, context);
  return event.connection === state.connection && isUnderWay(state)
    ? onConnection(state, event, context)
    : still(state);
}

function onConnection(state: State, event: ConnectionEvent, context: Context): Step {
  switch (event.kind) {
    case "located":
      return onLocated(state, event, context);
    case "not_located":
      return onNotLocated(state, event, context);
    case "opened":
      return state.phase === "connecting" ? enter(state, "greeting", GATEWAY_BOUNDS.helloMs, context) : still(state);
    case "not_opened":
      return state.phase === "connecting" ? leave(afterFailure(state, context)) : still(state);
    case "hello":
      return onHello(state, event.intervalMs, context);
    case "ready":
      return onReady(state, event, context);
    case "resumed":
      return onResumed(state, event.seq, context);
    case "dispatched":
      return onDispatched(state, event, context);
    case "heartbeat_asked":
      return onHeartbeatAsked(state, context);
    case "acked":
      return onAcked(state, context);
    case "reconnect":
      return leave(afterEnd(state, context));
    case "invalid_session":
      return onInvalidSession(state, event.isResumable, context);
    case "closed":
      return onClosed(state, event.code, context);
    case "not_stored":
      return onNotStored(state, context);
    default:
      return assertNever(event);
  }
}

function onWake(state: State, isHeld: boolean, context: Context): Step {
  const { now, wanted } = context;
  if (wanted === null) return onUnwanted(state, context);
  if (state.settings !== wanted) return adopt(state, wanted, context);
  switch (state.phase) {
    case "terminal":
      return still(state);
    case "off":
      return begin({ ...state, failures: 0 }, context);
    case "idle":
      return state.deadlineAt !== null && now < state.deadlineAt ? still(state) : begin(state, context);
    case "locating":
    case "connecting":
    case "greeting":
    case "identifying":
    case "resuming":
    case "ready":
      return isHeld ? onTime(state, context) : still(afterEnd(state, context));
    default:
      return assertNever(state.phase);
  }
}

/** Other settings count: what was agreed with the old ones is over, also that trying again is of no use. */
function adopt(state: State, settings: string, context: Context): Step {
  const begun = begin({ ...idle(withoutSession(state), 0, context), settings, stopped: null, failures: 0 }, context);
  const close: Effect = { kind: "close", code: CLOSE_FOR_GOOD };
  return { state: begun.state, effects: [...(isUnderWay(state) ? [close] : []), ...begun.effects] };
}

/** Begins to connect, or says when it will be time. */
function begin(state: State, context: Context): Step {
  const { now, hasRoom } = context;
  if (!hasRoom) return still(idle(state, GATEWAY_BOUNDS.roomLookEveryMs, context));
  const waitMs = Math.max(attemptWaitMs(state, now), state.session ? 0 : identifyWaitMs(state.identifies, now));
  if (waitMs > 0) return still(idle(state, waitMs, context));
  const attempt = { ...state, connection: state.connection + 1, attemptedAt: now };
  const knowsWhere = state.session !== null && state.failures < GATEWAY_BOUNDS.resumeUrlTriesMax;
  return knowsWhere ? connect(attempt, state.session.resumeUrl, context) : locate(attempt, context);
}

function locate(state: State, context: Context): Step {
  const { state: locating } = enter(state, "locating", GATEWAY_BOUNDS.locateMs, context);
  return { state: locating, effects: [{ kind: "locate", connection: state.connection }] };
}

function connect(state: State, url: string, context: Context): Step {
  // The call has a deadline of its own; this one is for a call that was lost.
  const { state: connecting } = enter(state, "connecting", 2 * GATEWAY_BOUNDS.connectMs, context);
  return { state: connecting, effects: [{ kind: "connect", connection: state.connection, url }] };
}

function onLocated(state: State, located: Extract<ConnectionEvent, { kind: "located" }>, context: Context): Step {
  if (state.phase !== "locating") return still(state);
  if (state.session || located.remaining > 0) return connect(state, located.url, context);
  const waitMs = Math.min(located.resetAfterMs, GATEWAY_BOUNDS.identifiesWindowMs);
  return still(idle(state, Math.max(waitMs, GATEWAY_BOUNDS.retryMaxMs), context));
}

function onNotLocated(
  state: State,
  { isTokenRefused, retryAfterMs }: Extract<ConnectionEvent, { kind: "not_located" }>,
  context: Context,
): Step {
  if (state.phase !== "locating") return still(state);
  if (isTokenRefused) return terminate(state, { reason: "authentication", code: null }, context);
  const failed = afterFailure(state, context);
  const deadlineAt = Math.max(failed.deadlineAt ?? 0, context.now + retryAfterMs);
  return still({ ...failed, deadlineAt });
}

function onHello(state: State, intervalMs: number, context: Context): Step {
  if (state.phase !== "greeting") return still(state);
  const greeted: State = { ...state, heartbeat: firstBeat(intervalMs, context) };
  const { session, seen } = state;
  if (session && seen !== null) {
    const { state: resuming } = enter(greeted, "resuming", GATEWAY_BOUNDS.readyMs, context);
    return {
      state: resuming,
      effects: [{ kind: "send", payload: { kind: "resume", sessionId: session.id, seq: seen } }],
    };
  }
  const waitMs = identifyWaitMs(state.identifies, context.now);
  if (waitMs > 0) return leave(idle(state, waitMs, context));
  const { state: identifying } = enter(
    countIdentify(greeted, context.now),
    "identifying",
    GATEWAY_BOUNDS.readyMs,
    context,
  );
  return { state: identifying, effects: [{ kind: "send", payload: { kind: "identify" } }] };
}

function onReady(state: State, ready: Extract<ConnectionEvent, { kind: "ready" }>, context: Context): Step {
  if (state.phase !== "identifying") return still(state);
  const { session, self, seq } = ready;
  const begun: State = { ...settled(state, context), session, self, seq, seen: seq, hasGap: false };
  return { state: begun, effects: state.hasGap ? [{ kind: "begin_backfill" }] : [] };
}

function onResumed(state: State, seq: number, context: Context): Step {
  if (state.phase !== "resuming") return still(state);
  const counts = { ...state.counts, resumes: state.counts.resumes + 1 };
  return still(advance({ ...settled(state, context), counts }, seq, true));
}

function onDispatched(
  state: State,
  { seq, isStored }: Extract<ConnectionEvent, { kind: "dispatched" }>,
  { now }: Context,
): Step {
  if (state.phase !== "ready" && state.phase !== "resuming") return still(state);
  const advanced = advance(state, seq, isStored);
  return still(state.phase === "ready" ? advanced : { ...advanced, deadlineAt: now + GATEWAY_BOUNDS.readyMs });
}

/** A repeated event has a number that is known; it does not lead back. */
function advance(state: State, seq: number, isCommitted: boolean): State {
  const seen = Math.max(state.seen ?? 0, seq);
  return { ...state, seen, seq: isCommitted ? seen : state.seq };
}

function onTime(state: State, context: Context): Step {
  const { now } = context;
  if (state.deadlineAt !== null && now >= state.deadlineAt) return leave(afterFailure(state, context));
  if (!isBeatDue(state.heartbeat, now)) return still(state);
  if (!state.heartbeat.isOutstanding) return beat(state, state.heartbeat, now);
  const counts = { ...state.counts, zombies: state.counts.zombies + 1 };
  return leave(afterEnd({ ...state, counts }, context));
}

function onHeartbeatAsked(state: State, { now }: Context): Step {
  const { heartbeat } = state;
  if (heartbeat === null) return still(state);
  const answered = mayAnswerAsked(heartbeat, now);
  return answered ? beat(state, answered, now) : still(state);
}

function onAcked(state: State, { now }: Context): Step {
  const { heartbeat } = state;
  if (heartbeat === null) return still(state);
  return still({ ...state, heartbeat: { ...heartbeat, isOutstanding: false, ackedAt: now } });
}

function onInvalidSession(state: State, isResumable: boolean, context: Context): Step {
  if (state.heartbeat === null) return still(state);
  if (isResumable) return leave(afterFailure(state, context));
  const { invalidSessionMinMs: min, invalidSessionMaxMs: max } = GATEWAY_BOUNDS;
  const pauseMs = min + context.random * (max - min);
  // A session that was refused at once is like any failure; one that was lost is not.
  const left = state.phase === "identifying" ? afterFailure(state, context) : idle(state, 0, context);
  const deadlineAt = Math.max(left.deadlineAt ?? 0, context.now + pauseMs);
  return leave({ ...withoutSession(left), deadlineAt });
}

/** Where Discord keeps the session it is sent again soon; a READY costs an IDENTIFY each time. */
function onNotStored(state: State, context: Context): Step {
  const isReady = state.phase === "identifying";
  return leave(isReady ? afterFailure(state, context) : idle(state, GATEWAY_BOUNDS.roomLookEveryMs, context));
}

function onClosed(state: State, code: number | null, context: Context): Step {
  const meaning = meaningOf(code);
  switch (meaning.kind) {
    case "resume":
      return still(afterEnd(state, context));
    case "new_session":
      return still(withoutSession(afterEnd(state, context)));
    case "stop":
      return terminate(state, { reason: meaning.reason, code }, context);
    default:
      return assertNever(meaning);
  }
}

function terminate(state: State, stopped: GatewayStopped, context: Context): Step {
  const ended = { ...idle(withoutSession(state), 0, context), phase: "terminal", deadlineAt: null, stopped } as const;
  return { state: ended, effects: [{ kind: "tell_stopped", ...stopped }] };
}

/** As the settings ask: what comes until they want a connection again is not read later. */
function onUnwanted(state: State, context: Context): Step {
  const { state: off, effects } = state.phase === "off" ? still(state) : turnOff(state, context);
  return { state: off.hasGap ? { ...off, hasGap: false } : off, effects };
}

/** Discord shows us as away. The owner begins anew so, also after Discord has stopped us: that is a gap like any other. */
function turnOff(state: State, context: Context): Step {
  const off = { ...idle(withoutSession(state), 0, context), phase: "off", deadlineAt: null, stopped: null } as const;
  const effects: Effect[] = isUnderWay(state) ? [{ kind: "close", code: CLOSE_FOR_GOOD }] : [];
  return { state: { ...off, failures: 0 }, effects };
}

/** Nobody will send what came after `seq` any more. */
function withoutSession(state: State): State {
  return { ...state, session: null, seq: null, seen: null, hasGap: state.hasGap || state.session !== null };
}

function enter(state: State, phase: Phase, maxMs: number, { now }: Context): Step {
  return still({ ...state, phase, since: now, deadlineAt: now + maxMs });
}

function settled(state: State, { now }: Context): State {
  return { ...state, phase: "ready", since: now, deadlineAt: null, failures: 0 };
}

/** Whether there is a try to connect, or a connection. */
function isUnderWay({ phase }: State): boolean {
  return phase !== "off" && phase !== "idle" && phase !== "terminal";
}

/** A connection that was of use is followed by the next one at once; what led to none is a failure. */
function afterEnd(state: State, context: Context): State {
  return state.phase === "ready" ? idle(state, 0, context) : afterFailure(state, context);
}

/** Lets go what this instance holds, so that the session can be resumed. */
function leave(left: State): Step {
  return { state: left, effects: [{ kind: "close", code: CLOSE_TO_RESUME }] };
}
