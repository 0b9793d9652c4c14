/**
 * The life of a turn in one session, as a pure state machine: `step(state, event) -> { state, effects }`.
 *
 * Laws, kept whatever the order of events and wherever a crash falls:
 * - a session has at most one turn; it runs only while it holds the lane of its conversation;
 * - a message leaves `open` exactly once: answered, failed or stopped, each with a text that says so;
 * - after a crash `wake` brings every open message on its way again; effects lost with the process are asked anew.
 *
 * Effects come in two kinds. `mark`, `answer`, `notice` and `turn_ended` are rows that the shell commits together with
 * the state. The others are I/O that it starts after the commit and whose outcome comes back as a new event.
 */
import { assertNever } from "../../protocol/assert.ts";
import { backoffMs } from "../../protocol/backoff.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { NOTHING_SPENT } from "../../protocol/budget.ts";
import type { TurnId } from "../../protocol/ids.ts";
import { BUDGET_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { endAnswered, giveUp, releaseLane, stop } from "./turn-end.ts";
import { firstFor, idOf, inState, mark, messagesOfTurn, roomIn, steer, waitingFor } from "./turn-messages.ts";
import { askLane, startTurn } from "./turn-start.ts";
import {
  type Context,
  type Effect,
  type Event,
  type Failure,
  type RunRef,
  type State,
  type Step,
  still,
  type Turn,
} from "./turn-state.ts";

/** One transition. Events of a turn or a fence that is no longer current change nothing. */
export function step(state: State, event: Event, context: Context): Step {
  switch (event.kind) {
    case "message":
      return onMessage(state, event, context);
    case "granted":
      return onGranted(state, event, context);
    case "busy":
      return onBusy(state, event.turnId, context);
    case "unpaid":
      return onUnpaid(state, event, context);
    case "wake":
      return onWake(state, event.reading, context);
    case "lane_free":
      return isWaiting(state.turn) ? askLane(state, state.turn, context.now) : still(state);
    case "begun":
      return onBegun(state, event, context);
    case "steered":
      return onSteered(state, event);
    case "final":
      return onFinal(state, event, context);
    case "failed":
      return onFailed(state, event, context);
    case "run_ended":
      return onRunEnded(state, event, context);
    case "stop":
      return stop(state, event.ids, context);
    default:
      return assertNever(event);
  }
}

function onMessage(state: State, message: Extract<Event, { kind: "message" }>, context: Context): Step {
  const { turn } = state;
  const { kind: _, ...arrived } = message;
  const { id, conversation, isAlone } = arrived;
  const open = [...state.open, { ...arrived, state: "accepted" as const }];
  if (!turn) return startTurn({ turn, open }, context);
  const canSteer = turn.phase === "running" && turn.begun && turn.conversation === conversation;
  const isWanted = canSteer && context.queue === "steer" && !isAlone;
  return isWanted && roomIn(state) > 0 ? steer({ turn, open }, turn, [id]) : still({ turn, open });
}

function onGranted(state: State, grant: Extract<Event, { kind: "granted" }>, { now, release }: Context): Step {
  const { turn } = state;
  if (turn?.turnId !== grant.turnId) {
    // The turn ended while it asked (a stop, a restart): what it was given would hold the lane until the lease is over.
    return { state, effects: [releaseLane(grant)] };
  }
  // In any phase: if an answer was slow and we asked again, the lane knows only the later grant, so that one must run.
  if (grant.fence <= turn.fence) return still(state);
  const resume = turn.fence > 0;
  const { needs: _needs, unpaidSince, ...paid } = turn;
  const waitedMs = unpaidSince === undefined ? 0 : now - unpaidSince;
  const running: Turn = {
    ...paid,
    budget: grant.budget ?? null,
    spent: grant.spent ?? NOTHING_SPENT,
    phase: "running",
    fence: grant.fence,
    runs: turn.runs + 1,
    // Waiting for the lane is no part of the turn: another turn may take an hour, and then this one has its own.
    startedAt: resume ? Math.min(now, turn.startedAt + waitedMs) : now,
    epoch: resume ? turn.epoch : grant.epoch,
    wakeAt: now + TURN_BOUNDS.watchdogMs,
    // A release that comes while it runs does not move it: its process goes on where it is.
    release: turn.release ?? release,
  };
  const run: Effect = { kind: "run", turn: running, resume };
  if (turn.begun) return { state: { ...state, turn: running }, effects: [run] };
  const taken = firstFor(state, running);
  const marked = mark({ turn: running, open: state.open }, taken, "leased");
  return { state: marked.state, effects: [...marked.effects, run] };
}

function onBusy(state: State, turnId: TurnId, { now }: Context): Step {
  const { turn } = state;
  if (turn?.turnId !== turnId || turn.phase !== "waiting") return still(state);
  return still({ ...state, turn: { ...turn, wakeAt: now + TURN_BOUNDS.laneRetryMs } });
}

/** It waits for the next period, or for somebody who allows more. A crash loses nothing: it only asks again. */
function onUnpaid(state: State, event: Extract<Event, { kind: "unpaid" }>, context: Context): Step {
  const { turn } = state;
  const { turnId, unpaid, isFinal } = event;
  if (turn?.turnId !== turnId || turn.phase !== "waiting") return still(state);
  if (isFinal) return giveUp(state, turn, { code: "budget_spent" }, context);
  const wakeAt = Math.min(Math.max(unpaid.until, context.now), context.now + BUDGET_BOUNDS.askAgainMs);
  const parked: Turn = { ...turn, phase: "parked", wakeAt, unpaidSince: turn.unpaidSince ?? context.now };
  const ids = messagesOfTurn(state);
  const isTold = turn.unpaidSince !== undefined || ids.length === 0;
  return { state: { ...state, turn: parked }, effects: isTold ? [] : [{ kind: "parked", ids, unpaid }] };
}

/** Whether a turn waits for somebody else: for those who have its lane, or for something that it may use. */
export function isWaiting(turn: Turn | null): turn is Turn {
  return turn !== null && (turn.phase === "waiting" || (turn.phase === "parked" && turn.unpaidSince !== undefined));
}

function onWake(state: State, reading: boolean, context: Context): Step {
  const { turn } = state;
  if (!turn) return startTurn(state, context);
  if (turn.phase === "running") {
    const watched = { ...turn, wakeAt: context.now + TURN_BOUNDS.watchdogMs };
    return reading ? still({ ...state, turn: watched }) : takeOver(state, turn, context);
  }
  return turn.wakeAt <= context.now ? askLane(state, lookedAfter(turn, context.now), context.now) : still(state);
}

/** The instance that read the turn is gone. */
function takeOver(state: State, turn: Turn, context: Context): Step {
  const takeovers = turn.takeovers + 1;
  if (takeovers > TURN_BOUNDS.takeoversMax) return giveUp(state, turn, { code: "edge_interrupted" }, context);
  return askLane(state, { ...lookedAfter(turn, context.now), takeovers }, context.now);
}

/** A laptop that was off for a night has not worked on the turn for a night. */
function lookedAfter(turn: Turn, now: number): Turn {
  const lateMs = now - turn.wakeAt;
  return lateMs > TURN_BOUNDS.leaseMs ? { ...turn, startedAt: turn.startedAt + lateMs } : turn;
}

function onBegun(state: State, run: RunRef, { queue }: Context): Step {
  const { turn } = state;
  if (!isCurrent(turn, run)) return still(state);
  const begun: Turn = { ...turn, begun: true, unreachable: 0 };
  const leased = inState(state, "leased");
  // The first time, the leased ones are those it began with. Later they were steered, perhaps into a process that
  // is gone: they are steered again, and the agent knows by their id whether it has them.
  const own = turn.begun ? [] : leased;
  const running = mark({ turn: begun, open: state.open }, own, "running");
  const waiting = queue === "steer" ? waitingFor(state, begun).slice(0, roomIn(state)) : [];
  const late = [...(turn.begun ? leased : []), ...waiting];
  const steered = steer(running.state, begun, late);
  return { state: steered.state, effects: [...running.effects, ...steered.effects] };
}

function onSteered(state: State, steered: Extract<Event, { kind: "steered" }>): Step {
  const { turn } = state;
  const { id, status } = steered;
  // An earlier run may have been too late for a message that this one has. Before a turn has begun nothing is steered.
  if (!isCurrent(turn, steered) || !turn.begun) return still(state);
  const isTooLate = status === "not_running" && inState(state, "leased").includes(id);
  return isTooLate ? mark(state, [id], "accepted") : still(state);
}

function onFinal(state: State, final: Extract<Event, { kind: "final" }>, context: Context): Step {
  const { turn } = state;
  if (!isCurrent(turn, final)) return still(state);
  const covered = state.open.map(idOf).filter((id) => final.consumed.includes(id));
  if (covered.length === 0) {
    const failure = { code: "agent_answered_nothing", retry: "never", reached: true } as const;
    return onFailed(state, { kind: "failed", turnId: final.turnId, fence: final.fence, failure }, context);
  }
  const { text, files, buttons, replyTo } = final;
  const isCovered = replyTo !== undefined && covered.includes(replyTo);
  const extras = { ...(files && { files }), ...(buttons && { buttons }), ...(isCovered && { replyTo }) };
  const answer = { text, ...extras, ids: covered };
  return endAnswered(state, turn, answer, context);
}

type Failed = Extract<Event, { kind: "failed" }>;

function onFailed(state: State, { turnId, fence, failure, progressed = false }: Failed, context: Context): Step {
  const { turn } = state;
  if (!isCurrent(turn, { turnId, fence })) return still(state);
  if (failure.code === "budget_short") return onShort(state, turn, { failure, progressed }, context);
  // A lost fence is only asked for anew; that it counts as a try keeps two owners of one conversation from a hot loop.
  if (failure.retry === "after" || failure.code === "fence_lost") {
    const again = { ...failure, retry: "after" } as const;
    return onRunEnded(state, { kind: "run_ended", turnId, fence, failure: again, progressed: false }, context);
  }
  return giveUp(state, turn, failure, context);
}

/** The run has used up its share: it goes on once there is enough for its next model call. */
function onShort(
  state: State,
  turn: Turn,
  { failure, progressed }: { readonly failure: Failure; readonly progressed: boolean },
  context: Context,
): Step {
  if (turn.phase !== "running") return still(state);
  if (context.now - turn.startedAt >= context.turnMaxMs) return giveUp(state, turn, { code: "turn_too_long" }, context);
  const attempts = progressed ? 0 : turn.attempts + 1;
  if (attempts >= TURN_BOUNDS.runAttemptsMax) return giveUp(state, turn, failure, context);
  const { needs } = failure;
  return askLane(state, { ...turn, takeovers: 0, unreachable: 0, attempts, ...(needs && { needs }) }, context.now);
}

function onRunEnded(state: State, ended: Extract<Event, { kind: "run_ended" }>, context: Context): Step {
  if (!isCurrent(state.turn, ended) || state.turn.phase !== "running") return still(state);
  const turn: Turn = { ...state.turn, takeovers: 0 };
  const { failure } = ended;
  if (failure.retry === "never") return giveUp(state, turn, failure, context);
  if (context.now - turn.startedAt >= context.turnMaxMs) return giveUp(state, turn, { code: "turn_too_long" }, context);
  if (ended.progressed) {
    // Something new is in the agent's ledger: go on at once. The deadline above bounds how often.
    return askLane(state, { ...turn, attempts: 0, unreachable: 0 }, context.now);
  }
  const attempts = failure.reached ? turn.attempts + 1 : turn.attempts;
  const unreachable = failure.reached ? 0 : turn.unreachable + 1;
  if (attempts >= TURN_BOUNDS.runAttemptsMax) return giveUp(state, turn, failure, context);
  const pauseMs = backoffMs(attempts + unreachable, TURN_BOUNDS);
  const passedBy = Math.max(turn.passedBy, failure.passedBy ?? 0);
  const parked: Turn = { ...turn, phase: "parked", attempts, unreachable, passedBy, wakeAt: context.now + pauseMs };
  return still({ ...state, turn: parked });
}

function isCurrent(turn: Turn | null, run: RunRef): turn is Turn {
  return turn !== null && turn.phase !== "waiting" && turn.turnId === run.turnId && turn.fence === run.fence;
}
