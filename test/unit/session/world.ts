/**
 * A model of everything around the machine: two sessions, the lane, an agent with a ledger. A script of numbers picks
 * what happens next, crashes included; the model records every law that was broken.
 */
import { EMPTY_LANE, type Lane, stepLane } from "../../../durable-objects/agent-directory/lane.ts";
import { step } from "../../../durable-objects/channel-session/machine.ts";
import {
  type Effect,
  EMPTY_STATE,
  type Event,
  type State,
  type Turn,
} from "../../../durable-objects/channel-session/turn-state.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import { type InboundId, isInboundId, isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { formatConversationKey, formatSessionKey } from "../../../protocol/session-key.ts";

export const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const SESSIONS = ["1", "2"].map((chatId) =>
  formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId }),
);

export function inbound(text: string): InboundId {
  if (!isInboundId(text)) throw new Error(text);
  return text;
}

export function turnId(name: string): TurnId {
  const id = `turn-${name}`.padEnd(8, "0");
  if (!isTurnId(id)) throw new Error(id);
  return id;
}

export const newTurnId = (index: number) => turnId(`t${index}`);

type Pending = { readonly session: number; readonly effect: Effect };
type Run = { readonly session: number; readonly turn: Turn; readonly offered: readonly InboundId[] };
type LedgerTurn = { fence: number; taken: InboundId[]; answered: boolean };

export class World {
  readonly problems: string[] = [];
  readonly #states: State[] = SESSIONS.map(() => EMPTY_STATE);
  readonly #reading: (Run | null)[] = SESSIONS.map(() => null);
  readonly #covered = new Map<InboundId, string>();
  readonly #ledger = new Map<TurnId, LedgerTurn>();
  #accepted: InboundId[] = [];
  #lane: Lane = EMPTY_LANE;
  #pending: Pending[] = [];
  #agentFence = 0;
  #now = 0;
  #turns = 0;

  /** One random happening. */
  act(choice: number): void {
    const session = choice % SESSIONS.length;
    const pick = Math.floor(choice / 7);
    const acts = [
      () => this.#write(session),
      () => this.#perform(pick),
      () => this.#perform(pick),
      () => this.#begin(session),
      () => this.#answer(session),
      () => this.#cut(session),
      () => this.#crash(session),
      () => this.#wake(session, pick % (2 * TURN_BOUNDS.laneRetryMs)),
      () => this.#lose(pick),
    ];
    acts[Math.floor(choice / 2) % acts.length]?.();
  }

  /** No more crashes: everything that is open must come to its end. */
  settle(): void {
    for (let round = 0; round < 500 && this.#isBusy(); round += 1) {
      while (this.#pending.length > 0) this.#perform(0);
      for (const session of SESSIONS.keys()) {
        this.#begin(session);
        this.#answer(session);
        this.#wake(session, TURN_BOUNDS.leaseMs);
      }
    }
    for (const id of this.#accepted) if (!this.#covered.has(id)) this.problems.push(`${id} was never covered`);
  }

  #isBusy(): boolean {
    return this.#pending.length > 0 || this.#states.some((state) => state.turn !== null || state.open.length > 0);
  }

  #write(session: number): void {
    const id = inbound(`m${this.#accepted.length}`);
    this.#accepted.push(id);
    this.#dispatch(session, { kind: "message", id, conversation: MAIN });
  }

  #dispatch(session: number, event: Event): void {
    this.#turns += 1;
    const state = this.#states[session] ?? EMPTY_STATE;
    const next = step(state, event, { now: this.#now, nextTurnId: newTurnId(this.#turns) });
    this.#states[session] = next.state;
    for (const effect of next.effects) {
      if (effect.kind === "mark" && ["answered", "failed", "stopped"].includes(effect.state)) this.#cover(effect);
      else this.#pending.push({ session, effect });
    }
  }

  #cover(effect: Extract<Effect, { kind: "mark" }>): void {
    for (const id of effect.ids) {
      if (this.#covered.has(id)) this.problems.push(`${id} was covered twice`);
      this.#covered.set(id, effect.state);
      const isAnswered = [...this.#ledger.values()].some((entry) => entry.answered && entry.taken.includes(id));
      if (effect.state === "answered" && !isAnswered)
        this.problems.push(`${id} counts as answered, the agent never had it`);
    }
  }

  #perform(pick: number): void {
    const [taken] = this.#pending.splice(pick % Math.max(1, this.#pending.length), 1);
    if (!taken) return;
    const { session, effect } = taken;
    if (effect.kind === "ask_lane") this.#askLane(session, effect);
    if (effect.kind === "release_lane") {
      const { turnId: id, fence } = effect;
      this.#lane = stepLane(this.#lane, { kind: "end", turnId: id, fence }, this.#now).lane;
    }
    if (effect.kind === "run") this.#run(session, effect.turn);
    if (effect.kind === "steer") this.#steer(session, effect.turn, effect.id);
  }

  #askLane(session: number, { turnId: id }: Extract<Effect, { kind: "ask_lane" }>): void {
    const key = SESSIONS[session];
    if (!key) return;
    const { lane, reply } = stepLane(this.#lane, { kind: "begin", turnId: id, session: key, above: 0 }, this.#now);
    this.#lane = lane;
    if (reply.kind === "granted") {
      const { fence, epoch } = reply;
      this.#dispatch(session, { kind: "granted", conversation: MAIN, turnId: id, fence, epoch });
    } else this.#dispatch(session, { kind: "busy", turnId: id });
  }

  #run(session: number, turn: Turn): void {
    const open = this.#states[session]?.open ?? [];
    const offered = open.filter((message) => message.state !== "accepted").map((message) => message.id);
    this.#reading[session] = { session, turn, offered };
  }

  /** The agent writes the turn into its ledger, if its fence is the highest it has seen. */
  #begin(session: number): void {
    const run = this.#reading[session];
    if (!run || run.turn.fence < this.#agentFence) return;
    this.#agentFence = run.turn.fence;
    const known = this.#ledger.get(run.turn.turnId);
    if (known) known.fence = run.turn.fence;
    else this.#ledger.set(run.turn.turnId, { fence: run.turn.fence, taken: [...run.offered], answered: false });
    this.#dispatch(session, { kind: "begun", fence: run.turn.fence });
  }

  #steer(session: number, turn: Turn, id: InboundId): void {
    const entry = this.#ledger.get(turn.turnId);
    const isLive = entry && !entry.answered && entry.fence === this.#agentFence;
    if (isLive && !entry.taken.includes(id)) entry.taken.push(id);
    this.#dispatch(session, { kind: "steered", id, status: isLive ? "queued" : "not_running" });
  }

  #answer(session: number): void {
    const run = this.#reading[session];
    const entry = run && this.#ledger.get(run.turn.turnId);
    if (!run || !entry || run.turn.fence < this.#agentFence) return;
    const others = [...this.#ledger.entries()].filter(
      ([id, other]) => id !== run.turn.turnId && other.fence >= entry.fence,
    );
    if (others.length > 0) this.problems.push("two turns ran at the same time");
    entry.answered = true;
    this.#reading[session] = null;
    this.#dispatch(session, { kind: "final", fence: run.turn.fence, text: "answer", consumed: entry.taken });
  }

  #cut(session: number): void {
    const run = this.#reading[session];
    if (!run) return;
    this.#reading[session] = null;
    const failure = { code: "agent_stream_broken", retry: "after", reached: false } as const;
    this.#dispatch(session, { kind: "run_ended", fence: run.turn.fence, failure, progressed: false });
  }

  /** The object dies: its reader and all I/O that it started are gone, its rows stay. */
  #crash(session: number): void {
    this.#reading[session] = null;
    this.#pending = this.#pending.filter((pending) => pending.session !== session);
  }

  #lose(pick: number): void {
    const lost = this.#pending[pick % Math.max(1, this.#pending.length)];
    // A request to run is never lost alone: it dies with the instance that would have made it.
    if (lost && lost.effect.kind !== "run") this.#pending = this.#pending.filter((pending) => pending !== lost);
  }

  #wake(session: number, laterMs: number): void {
    this.#now += laterMs;
    const { turn } = this.#states[session] ?? EMPTY_STATE;
    const reading = this.#reading[session]?.turn.fence === turn?.fence && turn !== null;
    const asked = this.#pending.some((pending) => pending.session === session && pending.effect.kind === "run");
    this.#dispatch(session, { kind: "wake", reading: reading || asked });
  }
}

/** Lets a script of numbers happen. */
export function runScript(world: World, script: readonly number[]): void {
  for (const choice of script) world.act(choice);
}
