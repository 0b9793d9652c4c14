/**
 * A model of the agent of one conversation: what its session store remembers (the highest fence, the ledger of turns)
 * and what dies with the process (the live turn, messages offered to it, who reads it).
 */
import type { Event, RunRef, SoFar, Turn } from "../../../durable-objects/channel-session/turn-state.ts";
import type { InboundId, TurnId } from "../../../protocol/ids.ts";

/** One invocation: what the agent has written to it, and the edge has not read yet. */
export type Stream = {
  readonly session: number;
  readonly turn: Turn;
  readonly offered: readonly InboundId[];
  readonly events: Event[];
  hasArrived: boolean;
  isOpen: boolean;
  /** What the snapshot said at its beginning. */
  soFar: SoFar | undefined;
};

export type LedgerTurn = {
  /** The messages in the transcript of the turn. */
  readonly taken: InboundId[];
  end: "open" | "answered" | "answered_nothing" | "failed" | "aborted";
};

type LiveTurn = { readonly turnId: TurnId; fence: number; readonly queued: InboundId[]; stream: Stream | null };

export class AgentModel {
  readonly ledger = new Map<TurnId, LedgerTurn>();
  #fence = 0;
  #live: LiveTurn | null = null;

  /** A request to run a turn comes in. */
  join(stream: Stream, tellsSoFar: boolean): void {
    const { turnId, fence } = stream.turn;
    stream.hasArrived = true;
    if (fence < this.#fence) return end(stream, lost(stream.turn, this.#fence));
    this.#fence = fence;
    if (this.#live && this.#live.turnId !== turnId) {
      const { stream: before } = this.#live;
      if (before) end(before, lost(before.turn, fence));
      this.#live = null;
    }
    const known = this.ledger.get(turnId);
    const entry: LedgerTurn = known ?? { taken: [...stream.offered], end: "open" };
    this.ledger.set(turnId, entry);
    stream.events.push({ kind: "begun", ...refOf(stream.turn) });
    if (known && tellsSoFar) stream.soFar = { text: "so far", consumed: [...entry.taken] };
    if (entry.end !== "open") return end(stream, terminal(stream, entry));
    if (this.#live?.stream) breakOff(this.#live.stream, { losesEvents: false, reached: true, progressed: false });
    if (this.#live) Object.assign(this.#live, { fence, stream });
    else this.#live = { turnId, fence, queued: [], stream };
  }

  steer(turn: Turn, id: InboundId): "queued" | "not_running" {
    const live = this.#live;
    if (live?.turnId !== turn.turnId || turn.fence < live.fence) return "not_running";
    if (!this.ledger.get(live.turnId)?.taken.includes(id) && !live.queued.includes(id)) live.queued.push(id);
    return "queued";
  }

  /** The model has read what was offered to the turn. */
  consume(): void {
    const live = this.#live;
    if (live) this.ledger.get(live.turnId)?.taken.push(...live.queued.splice(0));
  }

  /** The turn ends; what it was offered and has not read is not in its transcript. */
  finish(how: "answered" | "answered_nothing" | "failed"): void {
    this.#close(how);
  }

  abort(turn: Pick<Turn, "turnId" | "fence">): void {
    if (this.#live?.turnId === turn.turnId && turn.fence >= this.#live.fence) this.#close("aborted");
  }

  /** The process dies. */
  die(how: Break): void {
    const stream = this.#live?.stream;
    this.#live = null;
    if (stream) breakOff(stream, how);
  }

  #close(how: Exclude<LedgerTurn["end"], "open">): void {
    const live = this.#live;
    const entry = live && this.ledger.get(live.turnId);
    if (!live || !entry) return;
    entry.end = how;
    this.#live = null;
    if (live.stream) end(live.stream, terminal(live.stream, entry));
  }
}

export function refOf({ turnId, fence }: Turn): RunRef {
  return { turnId, fence };
}

export type Break = {
  /** What was written last does not come through. */
  readonly losesEvents: boolean;
  readonly reached: boolean;
  readonly progressed: boolean;
};

/** The stream ends without an end of the turn: the connection, or what is at its far end, is gone. */
export function breakOff(stream: Stream, { losesEvents, reached, progressed }: Break): void {
  if (!losesEvents && !stream.isOpen) return;
  if (losesEvents) stream.events.length = 0;
  stream.isOpen = false;
  const failure = { code: "agent_stream_broken", retry: "after", reached, ...soFarOf(stream) } as const;
  stream.events.push({ kind: "run_ended", ...refOf(stream.turn), failure, progressed });
}

function end(stream: Stream, event: Event): void {
  if (stream.isOpen) stream.events.push(event);
  stream.isOpen = false;
}

function lost(turn: Turn, passedBy: number): Event {
  return {
    kind: "failed",
    ...refOf(turn),
    failure: { code: "fence_lost", retry: "never", reached: true, passedBy },
  };
}

function terminal(stream: Stream, { end: how, taken }: LedgerTurn): Event {
  const ref = refOf(stream.turn);
  if (how === "answered") return { kind: "final", ...ref, text: "answer", consumed: [...taken] };
  if (how === "answered_nothing") return { kind: "final", ...ref, text: "", consumed: [] };
  const failure = { code: how, retry: "never", reached: true, ...soFarOf(stream) } as const;
  return { kind: "failed", ...ref, failure };
}

function soFarOf({ soFar }: Stream): { readonly soFar?: SoFar } {
  return soFar ? { soFar } : {};
}

/** How a connection breaks, by a number. */
export function breakOf(pick: number): Break {
  return { losesEvents: pick % 2 === 0, reached: true, progressed: pick % 3 === 0 };
}
