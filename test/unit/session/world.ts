/**
 * A model of everything around the machine: two sessions that write into two conversations, the lanes, the agents. A
 * script of numbers picks what happens next, faults included; the model records every law that was broken.
 */
import { step } from "../../../durable-objects/channel-session/machine.ts";
import {
  type Effect,
  EMPTY_STATE,
  type Event,
  type State,
  type Turn,
} from "../../../durable-objects/channel-session/turn-state.ts";
import type { QueueMode } from "../../../protocol/access.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import type { InboundId } from "../../../protocol/ids.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import { AgentModel, breakOf, breakOff, refOf, type Stream } from "./agent-model.ts";
import { LanesModel } from "./lanes-model.ts";
import { checkStep, type Climate, Coverage, isRow } from "./laws.ts";
import { inbound, MAIN, newTurnId, PERSON, SESSIONS, UNPAID } from "./names.ts";

const CONVERSATIONS = [MAIN, PERSON] as const;
const ROUNDS_MAX = 200;

/** I/O that a session asked for after a commit, or an RPC on its way to it. */
type Pending =
  | { readonly kind: "leave"; readonly session: number; readonly turn: Turn }
  | { readonly kind: "effect"; readonly session: number; readonly effect: Effect }
  | { readonly kind: "event"; readonly session: number; readonly event: Event };

type Stop = { readonly conversation: ConversationKey; readonly before: readonly InboundId[] };

type Session = {
  state: State;
  reading: Stream | null;
  readonly stops: Stop[];
  readonly heard: Event[];
  /** The turn that ended last. */
  last: Turn | null;
  /** A turn that ended before this instance was born: its lane is given back at the first alarm. */
  unsettled: Turn | null;
};

/** What picks the details of one happening. */
type Choice = { readonly session: number; readonly conversation: ConversationKey; readonly pick: number };

type Act = (choice: Choice) => void;

export class World {
  readonly #coverage = new Coverage();
  readonly #lanes = new LanesModel();
  readonly #agents = new Map<ConversationKey, AgentModel>(CONVERSATIONS.map((key) => [key, new AgentModel()]));
  readonly #sessions: readonly Session[] = SESSIONS.map(() => ({
    state: EMPTY_STATE,
    reading: null,
    stops: [],
    heard: [],
    last: null,
    unsettled: null,
  }));
  readonly #conversationOf = new Map<InboundId, { readonly session: number; readonly conversation: ConversationKey }>();
  readonly #problems: string[] = [];
  #pending: Pending[] = [];
  #streams: Stream[] = [];
  readonly #climate: Climate;
  /** `changing`: people change it all the time. */
  readonly #queue: QueueMode | "changing";
  #isPaid = true; // whether there is something left of the budget
  #releases = 0; // how often something was deployed
  #now = 0;
  #steps = 0;

  constructor(climate: Climate, queue: QueueMode | "changing") {
    this.#climate = climate;
    this.#queue = queue;
  }

  get problems(): readonly string[] {
    return [...this.#problems, ...this.#coverage.problems, ...this.#lanes.problems];
  }

  /** One random happening. */
  act(choice: number): void {
    const [session, conversation] = [choice % 2, CONVERSATIONS[Math.floor(choice / 2) % 5 === 0 ? 1 : 0]];
    const pick = Math.floor(choice / 10);
    const acts = this.#climate.losesThings ? [...this.#acts, ...this.#losses] : this.#acts;
    acts[pick % acts.length]?.({ session, conversation, pick: Math.floor(pick / acts.length) });
  }

  /** No more faults: everything that is open must come to its end, and soon. */
  settle(): void {
    const until = this.#now + this.#climate.settleMaxMs;
    this.#pay();
    let rounds = 0;
    for (; rounds < ROUNDS_MAX && this.#now <= until && this.#isBusy(); rounds += 1) this.#finishAll();
    if (this.#isBusy()) this.#problems.push(`not settled after ${rounds} rounds`);
    this.#coverage.close();
  }

  /** Everything that can happen now does; if that was all, time passes. */
  #finishAll(): void {
    while (this.#pending.length > 0) this.#perform({ session: 0, conversation: MAIN, pick: 0 });
    for (const [session, { stops }] of this.#sessions.entries()) while (stops.length > 0) this.#stop(session);
    const waiting = this.#streams.filter((stream) => !stream.hasArrived);
    for (const stream of waiting) this.#agent(stream.turn.conversation).join(stream, true);
    for (const agent of this.#agents.values()) agent.finish("answered");
    for (const session of this.#sessions.keys()) while (this.#read({ session, conversation: MAIN, pick: 0 }));
    if (this.#pending.length === 0) this.#waitForAlarm();
  }

  readonly #acts: readonly Act[] = [
    ({ session, conversation }) => this.#write(session, conversation),
    ({ session, conversation, pick }) => this.#write(session, conversation, pick),
    (choice) => this.#perform(choice),
    (choice) => this.#perform(choice),
    (choice) => this.#perform(choice),
    (choice) => this.#arrive(choice),
    (choice) => this.#arrive(choice),
    (choice) => void this.#read(choice),
    (choice) => void this.#read(choice),
    (choice) => void this.#read(choice),
    ({ conversation }) => this.#agent(conversation).consume(),
    ({ conversation }) => this.#agent(conversation).finish("answered"),
    ({ conversation }) => this.#agent(conversation).finish("answered"),
    ({ conversation, pick }) => this.#agent(conversation).finish(pick % 3 === 0 ? "answered_nothing" : "failed"),
    ({ session, pick }) => this.#wake(session, pick % (2 * TURN_BOUNDS.laneRetryMs)),
    ({ session, pick }) => this.#wake(session, pick % (2 * TURN_BOUNDS.laneRetryMs)),
    ({ session }) => this.#renew(session),
    ({ session, conversation }) => this.#sendStop(session, conversation),
    ({ session, pick }) => this.#stop(session, pick % 4),
    ({ session, pick }) => this.#echo(session, pick),
    ({ pick }) => this.#replay(pick),
    ({ pick }) => (pick % 3 === 0 ? (this.#isPaid = false) : this.#pay()),
    () => void (this.#releases += 1),
  ];

  readonly #losses: readonly Act[] = [
    ({ conversation, pick }) => this.#agent(conversation).die(breakOf(pick)),
    ({ session, pick }) => this.#cut(session, breakOf(pick)),
    ({ session }) => this.#crash(session),
    ({ session, pick }) => this.#wake(session, pick % 50 === 0 ? TURN_BOUNDS.turnMaxMs : TURN_BOUNDS.leaseMs),
    ({ pick }) => this.#lose(pick),
  ];

  #agent(conversation: ConversationKey): AgentModel {
    const agent = this.#agents.get(conversation);
    if (!agent) throw new Error(conversation);
    return agent;
  }

  #session(index: number): Session {
    const session = this.#sessions[index];
    if (!session) throw new Error(`session ${index}`);
    return session;
  }

  #isBusy(): boolean {
    const isOpen = ({ state, stops }: Session) => state.turn !== null || state.open.length > 0 || stops.length > 0;
    return this.#pending.length > 0 || this.#sessions.some(isOpen);
  }

  /** `pick`: what kind of message it is; one in eight is a command for the agent. */
  #write(session: number, conversation: ConversationKey, pick = 1): void {
    const [isAlone, isCommand] = [pick % 2 === 0, pick % 8 === 0];
    const id = inbound(`m${this.#conversationOf.size}`);
    this.#conversationOf.set(id, { session, conversation });
    this.#coverage.accept(id);
    const standing = { ...(isAlone && { isAlone }), ...(isCommand && { isCommand }) };
    this.#dispatch(session, { kind: "message", id, conversation, ...standing });
  }

  /** A failed message is set back to accepted by its owner. */
  #replay(pick: number): void {
    const { failed } = this.#coverage;
    const id = failed[pick % Math.max(1, failed.length)];
    const place = id === undefined ? undefined : this.#conversationOf.get(id);
    if (id === undefined || !place) return;
    this.#coverage.accept(id);
    this.#dispatch(place.session, { kind: "message", id, conversation: place.conversation });
  }

  /** The transaction of a step: from here on it is durable, and its I/O can begin. */
  #dispatch(index: number, event: Event): void {
    const session = this.#session(index);
    this.#steps += 1;
    const context = {
      now: this.#now,
      nextTurnId: newTurnId(this.#steps),
      queue: this.#queueNow(),
      turnMaxMs: TURN_BOUNDS.turnMaxMs,
      release: `r-${this.#releases}`,
    };
    const next = step(session.state, event, context);
    this.#problems.push(...checkStep(session.state, event, next, context.release));
    const steersNew = event.kind === "message" && next.effects.some((effect) => effect.kind === "steer");
    if (steersNew && context.queue === "collect") this.#problems.push("a message was steered that was to be collected");
    this.#coverage.note(
      next,
      [...this.#agents.values()].map(({ ledger }) => ledger),
    );
    session.state = next.state;
    session.heard.push(event);
    for (const effect of next.effects) {
      if (effect.kind === "turn_ended") session.last = effect.turn;
      // Starting to read is synchronous; all other I/O can be lost by itself.
      if (effect.kind === "run") this.#run(index, effect);
      else if (!isRow(effect)) this.#pending.push({ kind: "effect", session: index, effect });
    }
  }

  #queueNow(): QueueMode {
    if (this.#queue !== "changing") return this.#queue;
    return this.#steps % 3 === 0 ? "collect" : "steer";
  }

  #run(index: number, { turn }: Extract<Effect, { kind: "run" }>): void {
    const session = this.#session(index);
    const taken = session.state.open.filter((message) => message.state === (turn.begun ? "running" : "leased"));
    const offered = taken.map((message) => message.id);
    if (offered.length === 0) this.#problems.push("a run has nothing to offer");
    const stream: Stream = {
      session: index,
      turn,
      offered,
      events: [],
      hasArrived: false,
      isOpen: true,
      soFar: undefined,
    };
    this.#streams.push(stream);
    session.reading = stream;
  }

  #perform({ pick }: Choice): void {
    const [taken] = this.#pending.splice(pick % Math.max(1, this.#pending.length), 1);
    if (!taken) return;
    if (taken.kind === "event") return this.#dispatch(taken.session, taken.event);
    if (taken.kind === "leave") {
      this.#applyLane(taken.turn.conversation, { kind: "leave", turnId: taken.turn.turnId });
      return;
    }
    const { session, effect } = taken;
    if (effect.kind === "ask_lane") this.#askLane(session, effect);
    if (effect.kind === "release_lane") {
      const { conversation, turnId, fence } = effect;
      this.#applyLane(conversation, { kind: "end", turnId, fence });
    }
    if (effect.kind === "abort") this.#agent(effect.turn.conversation).abort(effect.turn);
    if (effect.kind === "steer") {
      const status = this.#agent(effect.turn.conversation).steer(effect.turn, effect.id);
      const event: Event = { kind: "steered", ...refOf(effect.turn), id: effect.id, status };
      this.#pending.push({ kind: "event", session, event });
    }
  }

  #askLane(session: number, { conversation, turnId, above }: Extract<Effect, { kind: "ask_lane" }>): void {
    const key = SESSIONS[session];
    if (!key) return;
    const reply = this.#applyLane(conversation, { kind: "begin", turnId, session: key, above });
    if (reply.kind === "granted" && !this.#isPaid) {
      this.#applyLane(conversation, { kind: "leave", turnId });
      const unpaid = { ...UNPAID, until: this.#now + 86_400_000 };
      this.#pending.push({ kind: "event", session, event: { kind: "unpaid", turnId, unpaid, isFinal: false } });
      return;
    }
    const event: Event =
      reply.kind === "granted"
        ? { kind: "granted", conversation, turnId, fence: reply.fence, epoch: reply.epoch }
        : { kind: "busy", turnId };
    this.#pending.push({ kind: "event", session, event });
  }

  /** More is allowed, and all are told. */
  #pay(): void {
    this.#isPaid = true;
    for (const session of SESSIONS.keys()) this.#pending.push({ kind: "event", session, event: { kind: "lane_free" } });
  }

  #applyLane(conversation: ConversationKey, event: Parameters<LanesModel["apply"]>[1]) {
    const { reply, wake } = this.#lanes.apply(conversation, event, this.#now);
    const session = SESSIONS.findIndex((key) => key === wake);
    if (session >= 0) this.#pending.push({ kind: "event", session, event: { kind: "lane_free" } });
    return reply;
  }

  /** A request to run a turn reaches the agent, perhaps long after a later one did. */
  #arrive({ pick }: Choice): void {
    const waiting = this.#streams.filter((stream) => !stream.hasArrived);
    const stream = waiting[pick % Math.max(1, waiting.length)];
    if (stream) this.#agent(stream.turn.conversation).join(stream, pick % 2 === 0);
  }

  /** A session reads one event of one of its streams, old ones included. False: there is nothing to read. */
  #read({ session, pick }: Choice): boolean {
    const readable = this.#streams.filter((stream) => stream.session === session && stream.events.length > 0);
    const stream = readable[pick % Math.max(1, readable.length)];
    const event = stream?.events.shift();
    if (!stream || !event) return false;
    if (!stream.isOpen && stream.events.length === 0 && this.#session(session).reading === stream) {
      this.#session(session).reading = null;
    }
    this.#dispatch(session, event);
    return true;
  }

  /** The connection of the newest run breaks; the turn at its far end goes on. */
  #cut(session: number, how: Parameters<typeof breakOff>[1]): void {
    const stream = this.#session(session).reading;
    if (stream) breakOff(stream, { ...how, reached: stream.hasArrived });
  }

  /** The object dies: what it read and all I/O that it had begun are gone, its rows stay. */
  #crash(index: number): void {
    const session = this.#session(index);
    session.reading = null;
    session.unsettled = session.last;
    this.#pending = this.#pending.filter(({ session }) => session !== index);
    this.#streams = this.#streams.filter(({ session, hasArrived }) => session !== index || !hasArrived);
    for (const stream of this.#streams) if (stream.session === index) stream.isOpen = false;
  }

  /** One request or one reply gets lost; the session lives on. */
  #lose(pick: number): void {
    this.#pending.splice(pick % Math.max(1, this.#pending.length), 1);
  }

  #wake(session: number, laterMs: number): void {
    this.#now += laterMs;
    this.#settleLast(session);
    const { state, reading } = this.#session(session);
    const isReading =
      state.turn !== null && reading?.turn.fence === state.turn.fence && reading.turn.turnId === state.turn.turnId;
    this.#dispatch(session, { kind: "wake", reading: isReading });
  }

  #settleLast(index: number): void {
    const session = this.#session(index);
    if (session.unsettled) this.#pending.push({ kind: "leave", session: index, turn: session.unsettled });
    session.unsettled = null;
  }

  /** Time passes until the next alarm of all sessions. */
  #waitForAlarm(): void {
    const alarms = this.#sessions.flatMap(({ state }) => (state.turn ? [state.turn.wakeAt] : []));
    if (alarms.length > 0) this.#now = Math.max(this.#now, Math.min(...alarms));
    for (const [index, { state }] of this.#sessions.entries()) {
      if (state.turn && state.turn.wakeAt <= this.#now) this.#wake(index, 0);
    }
  }

  /** An event of the turn has come and the lease is due: a session that lost the lane stops reading. */
  #renew(session: number): void {
    const stream = this.#session(session).reading;
    if (!stream?.isOpen) return;
    const { conversation, turnId, fence } = stream.turn;
    const reply = this.#applyLane(conversation, { kind: "renew", turnId, fence });
    if (reply.kind === "lost") this.#cut(session, { losesEvents: true, reached: true, progressed: false });
  }

  #sendStop(session: number, conversation: ConversationKey): void {
    const { state, stops } = this.#session(session);
    stops.push({ conversation, before: state.open.map((message) => message.id) });
  }

  /** Carries out the oldest `/stop`; a crash can end it after each of its `stages`, and then it begins anew. */
  #stop(session: number, stages = 3): void {
    const own = this.#session(session);
    const [stop] = own.stops;
    if (!stop) return;
    const holder = this.#lanes.holder(stop.conversation);
    if (stages < 1) return;
    const other = SESSIONS.findIndex((key) => key === holder?.session);
    if (holder && other >= 0 && other !== session) this.#stopOther(other, holder.turnId);
    if (stages < 2) return;
    this.#applyLane(stop.conversation, { kind: "revoke" });
    if (stages < 3) return;
    own.stops.shift();
    const open = own.state.open.map((message) => message.id);
    this.#dispatch(session, { kind: "stop", ids: stop.before.filter((id) => open.includes(id)) });
  }

  #stopOther(index: number, turnId: string): void {
    const { turn, open } = this.#session(index).state;
    if (turn?.turnId !== turnId) return;
    const ids = open.filter((message) => message.state !== "accepted").map((message) => message.id);
    this.#dispatch(index, { kind: "stop", ids });
  }

  /** Something that was heard before is heard again. */
  #echo(session: number, pick: number): void {
    const { heard } = this.#session(session);
    const event = heard[pick % Math.max(1, heard.length)];
    if (event && event.kind !== "message" && event.kind !== "stop") this.#dispatch(session, event);
  }
}

/** Lets a script of numbers happen. */
export function runScript(world: World, script: readonly number[]): void {
  for (const choice of script) world.act(choice);
}
