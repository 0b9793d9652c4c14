/** Which of a session's open messages its turn has, and how it takes more. Pure. */
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId } from "../../protocol/ids.ts";
import { type Effect, type OpenMessage, type State, type Step, still, type Turn } from "./turn-state.ts";

/** The accepted messages of the turn's conversation that it may still take, in order of arrival. */
export function waitingFor(state: State, turn: Turn): readonly InboundId[] {
  return acceptedFor(state, turn)
    .filter(({ isAlone }) => !isAlone)
    .map(idOf);
}

/**
 * What a turn begins with: all that waits up to the next message that wants an answer of its own, or that one. A turn that
 * was granted before and did not begin has some already.
 */
export function firstFor(state: State, turn: Turn): readonly InboundId[] {
  const waiting = acceptedFor(state, turn);
  const taken = state.open.filter((message) => message.state !== "accepted");
  if (taken.some(({ isAlone }) => isAlone)) return [];
  const alone = waiting.findIndex(({ isAlone }) => isAlone);
  const first = taken.length === 0 && alone === 0 ? 1 : alone;
  const end = first < 0 ? waiting.length : first;
  return waiting.slice(0, Math.min(end, roomIn(state))).map(idOf);
}

function acceptedFor({ open }: State, { conversation }: Turn): readonly OpenMessage[] {
  return open.filter((message) => message.state === "accepted" && message.conversation === conversation);
}

/** How many more messages the turn may take; none if it is a command's. */
export function roomIn(state: State): number {
  const taken = state.open.filter((message) => message.state !== "accepted");
  if (taken.some(({ isCommand }) => isCommand)) return 0;
  return Math.max(0, TURN_BOUNDS.messagesPerTurnMax - taken.length);
}

/** The messages that a turn has, or would have taken with the lane that it waits for. */
export function messagesOfTurn(state: State): readonly InboundId[] {
  const taken = takenIn(state);
  return taken.length > 0 || !state.turn ? taken : firstFor(state, state.turn);
}

/** Hands messages to a turn that runs already. They count as taken only once `final` names them. */
export function steer(state: State, turn: Turn, ids: readonly InboundId[]): Step {
  const marked = mark(state, ids, "leased");
  const steers = ids.map((id): Effect => ({ kind: "steer", turn, id }));
  return { state: marked.state, effects: [...marked.effects, ...steers] };
}

/** Moves messages that stay open to a state. */
export function mark(state: State, ids: readonly InboundId[], to: OpenMessage["state"]): Step {
  if (ids.length === 0) return still(state);
  const open = state.open.map((message) => (ids.includes(message.id) ? { ...message, state: to } : message));
  return { state: { ...state, open }, effects: [{ kind: "mark", ids, state: to }] };
}

/** The messages that are in a state, in order of arrival. */
export function inState(state: State, wanted: OpenMessage["state"]): readonly InboundId[] {
  return state.open.filter((message) => message.state === wanted).map(idOf);
}

/** The messages that the turn has, in order of arrival. */
export function takenIn({ open }: State): readonly InboundId[] {
  return open.filter((message) => message.state !== "accepted").map(idOf);
}

/** The id of a message: all of it that a step needs, most times. */
export function idOf(message: OpenMessage): InboundId {
  return message.id;
}
