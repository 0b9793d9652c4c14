/** How a turn begins: with the oldest open message, by asking for the lane of its conversation. Pure. */
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import { type Context, type State, type Step, still, type Turn } from "./turn-state.ts";

/** Begins the next turn; without an open message there is none. */
export function startTurn(state: State, { now, nextTurnId }: Context): Step {
  const [first] = state.open;
  if (!first) return still({ ...state, turn: null });
  const turn: Turn = {
    turnId: nextTurnId,
    conversation: first.conversation,
    phase: "waiting",
    fence: 0,
    epoch: 0,
    begun: false,
    runs: 0,
    attempts: 0,
    unreachable: 0,
    takeovers: 0,
    startedAt: now,
    wakeAt: now,
    passedBy: 0,
  };
  return askLane({ ...state, turn }, turn, now);
}

/** Asks for the lane; asked again after a watchdog's time if no answer came (asking twice does no harm). */
export function askLane(state: State, turn: Turn, now: number): Step {
  const { conversation, turnId, passedBy, needs } = turn;
  return {
    state: { ...state, turn: { ...turn, phase: "waiting", wakeAt: now + TURN_BOUNDS.watchdogMs } },
    effects: [{ kind: "ask_lane", conversation, turnId, above: passedBy, ...(needs && { needs }) }],
  };
}
