/**
 * The lane of one conversation: who may run a turn in it, as a pure state machine.
 *
 * Laws, kept whatever the order of events: at most one turn holds the lane; every grant has a higher fence than all
 * before it; a turn that has lost the lane can neither renew nor end it.
 */
import { assertNever } from "../../protocol/assert.ts";
import { INBOUND_BOUNDS, TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import type { SessionKey } from "../../protocol/session-key.ts";

export type Holder = { readonly turnId: TurnId; readonly session: SessionKey; readonly leaseUntil: number };

export type Lane = {
  /** The highest fence that was ever given out; 0 before the first. */
  readonly fence: number;
  /** Counts `/new`: the transcript that turns of this conversation write to. */
  readonly epoch: number;
  readonly holder: Holder | null;
  /** Sessions that found the lane busy, first come first. */
  readonly waiting: readonly SessionKey[];
};

export type LaneEvent =
  /** `above`: a fence that the agent has seen; the grant exceeds it, within `TURN_BOUNDS.grantJumpMax`. */
  | { readonly kind: "begin"; readonly turnId: TurnId; readonly session: SessionKey; readonly above: number }
  | { readonly kind: "renew"; readonly turnId: TurnId; readonly fence: Fence }
  | { readonly kind: "end"; readonly turnId: TurnId; readonly fence: Fence }
  /** The turn is over, under whatever fence it holds the lane. */
  | { readonly kind: "leave"; readonly turnId: TurnId }
  /** Whoever was told that the lane is free does not want it any more. */
  | { readonly kind: "pass" }
  /** Takes the lane from whoever holds it: the fence rises, so the old turn can commit nothing more. */
  | { readonly kind: "revoke" }
  /** As `revoke`, whether or not anybody holds it, and nobody waits any more: all that was ever begun is over. */
  | { readonly kind: "clear" }
  /** Starts a new transcript. */
  | { readonly kind: "new_epoch" };

export type LaneReply =
  | { readonly kind: "granted"; readonly fence: Fence; readonly epoch: number }
  | { readonly kind: "busy"; readonly holder: SessionKey; readonly leaseUntil: number }
  | { readonly kind: "done"; readonly fence: number; readonly epoch: number }
  /** The turn does not hold the lane (any more). */
  | { readonly kind: "lost" };

export type LaneStep = {
  readonly lane: Lane;
  readonly reply: LaneReply;
  /** A waiting session to be told that the lane is free. */
  readonly wake: SessionKey | null;
};

export const EMPTY_LANE: Lane = { fence: 0, epoch: 0, holder: null, waiting: [] };

/** One transition. Pure: the caller stores `lane` before it answers `reply`. */
export function stepLane(lane: Lane, event: LaneEvent, now: number): LaneStep {
  switch (event.kind) {
    case "begin":
      return begin(lane, event, now);
    case "renew": {
      const holder = holderOf(lane, event.turnId, event.fence);
      if (!holder) return unchanged(lane, { kind: "lost" });
      return settle({ ...lane, holder: { ...holder, leaseUntil: now + TURN_BOUNDS.leaseMs } });
    }
    case "end":
      if (!holderOf(lane, event.turnId, event.fence)) return unchanged(lane, { kind: "lost" });
      return release(lane);
    case "leave":
      return lane.holder?.turnId === event.turnId ? release(lane) : unchanged(lane, { kind: "lost" });
    case "pass":
      return lane.holder ? settle(lane) : release(lane);
    case "revoke":
      return lane.holder ? release({ ...lane, fence: lane.fence + 1 }) : settle(lane);
    case "clear":
      return settle({ ...lane, fence: lane.fence + 1, holder: null, waiting: [] });
    case "new_epoch":
      return settle({ ...lane, epoch: lane.epoch + 1 });
    default:
      return assertNever(event);
  }
}

function begin(lane: Lane, { turnId, session, above }: Extract<LaneEvent, { kind: "begin" }>, now: number): LaneStep {
  const { holder } = lane;
  // A session runs one turn at a time: asking for another one says that its last is over, even if `end` was lost.
  const free = !holder || holder.session === session || holder.leaseUntil <= now;
  if (!free) {
    const reply = { kind: "busy", holder: holder.session, leaseUntil: holder.leaseUntil } as const;
    const known = lane.waiting.includes(session) || lane.waiting.length >= INBOUND_BOUNDS.waitingMax;
    return unchanged(known ? lane : { ...lane, waiting: [...lane.waiting, session] }, reply);
  }
  const fence = Math.max(lane.fence, Math.min(above, lane.fence + TURN_BOUNDS.grantJumpMax)) + 1;
  const granted: Lane = {
    ...lane,
    fence,
    holder: { turnId, session, leaseUntil: now + TURN_BOUNDS.leaseMs },
    waiting: lane.waiting.filter((other) => other !== session),
  };
  return { lane: granted, reply: { kind: "granted", fence, epoch: lane.epoch }, wake: null };
}

function release(lane: Lane): LaneStep {
  // Whoever is woken leaves the queue: if it has nothing to ask any more, it must not keep the next one waiting.
  const [next, ...waiting] = lane.waiting;
  return { lane: { ...lane, holder: null, waiting }, reply: settle(lane).reply, wake: next ?? null };
}

function holderOf(lane: Lane, turnId: TurnId, fence: Fence): Holder | null {
  return lane.holder?.turnId === turnId && lane.fence === fence ? lane.holder : null;
}

function settle(lane: Lane): LaneStep {
  return unchanged(lane, { kind: "done", fence: lane.fence, epoch: lane.epoch });
}

function unchanged(lane: Lane, reply: LaneReply): LaneStep {
  return { lane, reply, wake: null };
}
