/** What must be true of every step of the machine, and of all of them together. Returns or keeps what was broken. */
import { isDeepStrictEqual } from "node:util";
import type { Effect, Event, OpenMessage, State, Step } from "../../../durable-objects/channel-session/turn-state.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import type { InboundId, TurnId } from "../../../protocol/ids.ts";
import type { LedgerTurn } from "./agent-model.ts";

/** What may go wrong in a world, and how long it may take to settle once nothing does any more. */
export type Climate = { readonly losesThings: boolean; readonly settleMaxMs: number };

/** The bound: a message without its answer after 120 s counts as lost. */
export const ROUGH: Climate = { losesThings: true, settleMaxMs: 120_000 };
/** Everything may be late or out of order, but nothing is lost: then nobody waits for a lease or a retry of the lane. */
export const SLOW: Climate = { losesThings: false, settleMaxMs: TURN_BOUNDS.laneRetryMs - 1 };

type Closing = "answered" | "failed" | "stopped";
type Mark = Extract<Effect, { kind: "mark" }>;

/** Every law about one step by itself. */
export function checkStep(before: State, event: Event, step: Step, release: string): readonly string[] {
  return [
    ...checkStale(before, event, step),
    ...checkVisible(step),
    ...checkRows(before, event, step),
    ...checkRun(step),
    ...checkCommand(step),
    ...checkRelease(before, step, release),
  ];
}

/** A turn begins under the release that there is, and keeps it; whatever is asked of the agent goes there. */
function checkRelease({ turn: before }: State, { state: { turn }, effects }: Step, current: string): readonly string[] {
  const known = before?.release ?? current;
  const asked = effects.flatMap((effect) => (isAskedOfAgent(effect) ? [effect.turn] : []));
  return [
    ...(isReleaseKept(before, turn) ? [] : ["a turn changed its release"]),
    ...(isReleaseFirst(before, turn) && turn?.release !== current ? ["a turn began under an older release"] : []),
    ...(asked.some(({ release }) => release !== known) ? ["the agent of another release was asked"] : []),
  ];
}

type AskOfAgent = Extract<Effect, { kind: "run" | "steer" | "abort" }>;

function isAskedOfAgent(effect: Effect): effect is AskOfAgent {
  return effect.kind === "run" || effect.kind === "steer" || effect.kind === "abort";
}

function isReleaseKept(before: State["turn"], after: State["turn"]): boolean {
  return after?.turnId !== before?.turnId || !before?.release || after?.release === before.release;
}

function isReleaseFirst(before: State["turn"], after: State["turn"]): boolean {
  return before?.release === undefined && after?.release !== undefined;
}

/** A command for the agent is alone in its turn: no model reads it, and nothing that comes later is taken in with it. */
function checkCommand({ state: { open } }: Step): readonly string[] {
  const taken = open.filter((message) => message.state !== "accepted");
  return taken.length > 1 && taken.some(({ isCommand }) => isCommand) ? ["a command shares its turn"] : [];
}

/** An event of another turn or an older fence changes nothing; a grant that comes too late is given back. */
function checkStale(before: State, event: Event, step: Step): readonly string[] {
  if (!isStale(before, event)) return [];
  const isGivenBack = event.kind === "granted" && step.effects.every((effect) => effect.kind === "release_lane");
  if (step.state !== before) return [`a late "${event.kind}" changed the state`];
  return step.effects.length === 0 || isGivenBack ? [] : [`a late "${event.kind}" had effects`];
}

function isStale({ turn }: State, event: Event): boolean {
  if (!("turnId" in event)) return false;
  if (turn?.turnId !== event.turnId) return true;
  if (event.kind === "granted") return event.fence <= turn.fence;
  return "fence" in event && event.fence !== turn.fence;
}

/** Whatever leaves the queue is named by a text that a person sees (a stop answers by itself). */
function checkVisible({ effects }: Step): readonly string[] {
  const marked = (state: Closing) =>
    effects.filter((effect): effect is Mark => effect.kind === "mark" && effect.state === state);
  const named = (kind: "answer" | "notice") =>
    effects.flatMap((effect) => (effect.kind === kind && "ids" in effect ? effect.ids : []));
  const differs = (state: Closing, kind: "answer" | "notice") =>
    !isDeepStrictEqual(
      marked(state).flatMap((mark) => mark.ids),
      named(kind),
    );
  const namesNobody = effects.some(
    (effect) => (effect.kind === "answer" || effect.kind === "notice") && effect.ids.length === 0,
  );
  return [
    ...(namesNobody ? ["an answer to no message"] : []),
    ...(differs("answered", "answer") ? ["messages were answered without an answer that names them"] : []),
    ...(differs("failed", "notice") ? ["messages failed without a notice that names them"] : []),
  ];
}

/** The rows that a step writes are the state that it makes: what a restarted object loads is what was in memory. */
function checkRows(before: State, event: Event, { state, effects }: Step): readonly string[] {
  const rows = new Map<InboundId, OpenMessage>(before.open.map((message) => [message.id, message]));
  if (event.kind === "message") {
    const { kind: _message, ...arrived } = event;
    rows.set(event.id, { ...arrived, state: "accepted" });
  }
  for (const effect of effects) {
    if (effect.kind !== "mark") continue;
    for (const id of effect.ids) {
      const row = rows.get(id);
      if (!row) return [`${id} was marked and is not open`];
      if (isOpenState(effect.state)) rows.set(id, { ...row, state: effect.state });
      else rows.delete(id);
    }
  }
  return isDeepStrictEqual([...rows.values()], state.open) ? [] : ["the rows are not the state"];
}

function isOpenState(state: Mark["state"]): state is OpenMessage["state"] {
  return state === "accepted" || state === "leased" || state === "running";
}

/** A run has the turn that the state has, under its fence, with messages to run. */
function checkRun({ state, effects }: Step): readonly string[] {
  const taken = state.open.filter((message) => message.state !== "accepted");
  const isAstray = taken.some((message) => message.conversation !== state.turn?.conversation);
  const runs = effects.filter((effect) => effect.kind === "run");
  const isSteered = ({ id }: OpenMessage) => effects.some((effect) => effect.kind === "steer" && effect.id === id);
  const isShared = taken.some((message, index) => message.isAlone && (index > 0 || isSteered(message)));
  return [
    ...(isShared ? ["a message that wants an answer of its own came into a turn of others"] : []),
    ...(isAstray ? ["messages were given to no turn, or to one of another conversation"] : []),
    ...(runs.some(({ turn }) => turn !== state.turn || turn.phase !== "running") ? ["a run without its turn"] : []),
    ...(runs.length > 0 && taken.length === 0 ? ["a run without messages"] : []),
    ...(runs.length > 1 ? ["two runs at once"] : []),
  ];
}

/** Who was covered by what, over the whole history. */
export class Coverage {
  readonly problems: string[] = [];
  readonly #covered = new Map<InboundId, Closing>();
  readonly #shown = new Set<TurnId>();
  readonly #outcomes = new Map<TurnId, Closing>();
  readonly #open = new Set<InboundId>();

  /** A message is accepted, or set back to accepted. */
  accept(id: InboundId): void {
    this.#covered.delete(id);
    this.#open.add(id);
  }

  /** The messages that failed and can be set back. */
  get failed(): readonly InboundId[] {
    return [...this.#covered].filter(([, how]) => how === "failed").map(([id]) => id);
  }

  /** Takes in what a step committed. `ledgers`: what the agents know. */
  note({ effects }: Step, ledgers: readonly ReadonlyMap<TurnId, LedgerTurn>[]): void {
    for (const effect of effects) {
      if (effect.kind === "mark" && !isOpenState(effect.state))
        for (const id of effect.ids) this.#cover(id, effect.state);
      if (effect.kind === "turn_ended") this.#outcomes.set(effect.turn.turnId, effect.outcome);
      if (effect.kind === "answer") this.#checkAnswer(effect, ledgers);
    }
  }

  /** Nothing happens any more: whoever is not covered was forgotten. */
  close(): void {
    for (const id of this.#open) this.problems.push(`${id} was never covered`);
  }

  #cover(id: InboundId, how: Closing): void {
    if (!this.#open.delete(id)) this.problems.push(`${id} was covered twice`);
    this.#covered.set(id, how);
  }

  #checkAnswer(
    { turnId, ids }: Extract<Effect, { kind: "answer" }>,
    ledgers: readonly ReadonlyMap<TurnId, LedgerTurn>[],
  ) {
    if (this.#shown.has(turnId)) this.problems.push(`the answer of ${turnId} was sent twice`);
    this.#shown.add(turnId);
    const turns = ledgers.flatMap((ledger) => [...ledger]);
    const own = turns.find(([id]) => id === turnId)?.[1];
    for (const id of ids) {
      if (own?.end !== "answered" || !own.taken.includes(id)) this.problems.push(`${id} counts as answered and is not`);
      // A turn that was stopped or given up may have gone on to an answer that nobody was shown.
      const isAnsweredTwice = ([other, entry]: readonly [TurnId, LedgerTurn]) =>
        other !== turnId && entry.end === "answered" && entry.taken.includes(id) && !this.#wasGivenUp(other);
      if (turns.some(isAnsweredTwice)) this.problems.push(`${id} was answered by two turns`);
    }
  }

  #wasGivenUp(turnId: TurnId): boolean {
    const outcome = this.#outcomes.get(turnId);
    return outcome === "failed" || outcome === "stopped";
  }
}

/** Whether an effect is written with the state, and cannot be lost. */
export function isRow({ kind }: Effect): boolean {
  return kind === "parked" || kind === "mark" || kind === "answer" || kind === "notice" || kind === "turn_ended";
}
