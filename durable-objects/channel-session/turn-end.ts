/** The three ends of a turn: it is answered, given up or stopped. What is left of its messages begins the next. Pure. */
import type { InboundId } from "../../protocol/ids.ts";
import type { AnswerContent } from "./answer-parts.ts";
import type { Notice } from "./notice.ts";
import { idOf, inState, mark, takenIn } from "./turn-messages.ts";
import { startTurn } from "./turn-start.ts";
import type { Context, Effect, Failure, RunRef, State, Step, Turn } from "./turn-state.ts";

type Outcome = "answered" | "failed" | "stopped";

/** Closes the messages that an answer covers. */
export function endAnswered(
  state: State,
  turn: Turn,
  answer: AnswerContent & { readonly ids: readonly InboundId[] },
  context: Context,
): Step {
  const { ids } = answer;
  const effect: Effect = {
    kind: "answer",
    turnId: turn.turnId,
    conversation: turn.conversation,
    ...answer,
  };
  return end(state, turn, { outcome: "answered", ids, effects: [effect] }, context);
}

/**
 * Ends a turn that cannot be answered. Messages that the transcript has taken in are closed with what was said to
 * them; running those again would do their work twice. Messages that were only offered get a turn of their own.
 */
export function giveUp(
  state: State,
  turn: Turn,
  failure: Pick<Failure, "code" | "message" | "soFar">,
  context: Context,
): Step {
  const { code, message, soFar } = failure;
  const taken = state.open.map(idOf).filter((id) => soFar?.consumed.includes(id));
  const choices = [taken, inState(state, "running"), inState(state, "leased"), inState(state, "accepted")];
  const ids = choices.find((choice) => choice.length > 0) ?? [];
  const notice: Notice = {
    kind: "failed",
    code,
    ...(message !== undefined && { message }),
    ...(soFar && soFar.text !== "" && { text: soFar.text }),
  };
  const effect: Effect = { kind: "notice", turnId: turn.turnId, ids, notice };
  return end(state, turn, { outcome: "failed", ids, effects: [effect] }, context);
}

/** Drops messages and ends the turn, if there is one. */
export function stop(state: State, ids: readonly InboundId[], context: Context): Step {
  const { turn } = state;
  const dropped = state.open.map(idOf).filter((id) => ids.includes(id));
  if (turn) {
    const effects: readonly Effect[] = turn.fence > 0 ? [{ kind: "abort", turn }] : [];
    return end(state, turn, { outcome: "stopped", ids: dropped, effects }, context);
  }
  const open = state.open.filter((message) => !ids.includes(message.id));
  return { state: { turn, open }, effects: closing(dropped, "stopped") };
}

type End = { readonly outcome: Outcome; readonly ids: readonly InboundId[]; readonly effects: readonly Effect[] };

/** Closes `ids`, returns the rest of the turn's messages to the queue, gives the lane back and starts what waits. */
function end(state: State, turn: Turn, { outcome, ids, effects }: End, context: Context): Step {
  const left: State = { turn: null, open: state.open.filter((message) => !ids.includes(message.id)) };
  const requeued = mark(left, takenIn(left), "accepted");
  const next = startTurn(requeued.state, context);
  return {
    state: next.state,
    effects: [
      ...closing(ids, outcome),
      ...requeued.effects,
      ...effects,
      { kind: "turn_ended", turn, outcome },
      // Asking for the same lane again tells it that this turn is over; else it must be given back.
      ...(next.state.turn?.conversation === turn.conversation || turn.fence === 0 ? [] : [releaseLane(turn)]),
      ...next.effects,
    ],
  };
}

function closing(ids: readonly InboundId[], state: Outcome): readonly Effect[] {
  return ids.length > 0 ? [{ kind: "mark", ids, state }] : [];
}

/** Gives back what a turn was granted. */
export function releaseLane({ conversation, turnId, fence }: RunRef & Pick<Turn, "conversation">): Effect {
  return { kind: "release_lane", conversation, turnId, fence };
}
