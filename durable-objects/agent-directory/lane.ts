/**
 * The lane of one conversation: who may run a turn in it, as a pure state machine.
 *
 * Laws, kept whatever the order of events: at most one turn holds the lane; every grant has a higher fence than all
 * before it; a turn that has lost the lane can neither renew nor end it; a conversation begins anew between turns only.
 */
import { assertNever } from "../../protocol/assert.ts";
import { INBOUND_BOUNDS, TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { isExpired, type ResetRules } from "./auto-reset.ts";

export type Holder = { readonly turnId: TurnId; readonly session: SessionKey; readonly leaseUntil: number };

export type Lane = {
  /** The highest fence that was ever given out; 0 before the first. */
  readonly fence: number;
  /** Counts `/new`: the transcript that turns of this conversation write to. */
  readonly epoch: number;
  readonly holder: Holder | null;
  /** Sessions that found the lane busy, first come first. */
  readonly waiting: readonly SessionKey[];
  /** What people call the conversation since it began; null: nothing. */
  readonly name: string | null;
  /** When the first message of this epoch began its turn; null: there was none, or an older release saw it. */
  readonly beganAt: number | null;
  /** When a turn that somebody's message began was last at work in this epoch. */
  readonly activeAt: number | null;
  /** The newest turn that somebody's message began. */
  readonly openedBy: TurnId | null;
  /** The epoch that a transcript is brought into, and which one; no other will get its number. */
  readonly importing: { readonly epoch: number; readonly digest: string } | null;
};

export type LaneEvent =
  /** `above`: a fence that the agent has seen; the grant exceeds it, within `TURN_BOUNDS.grantJumpMax`. */
  | {
      readonly kind: "begin";
      readonly turnId: TurnId;
      readonly session: SessionKey;
      readonly above: number;
      /** Somebody's message begins the turn; by these rules the conversation may begin anew with it. */
      readonly opening?: ResetRules;
    }
  | { readonly kind: "renew"; readonly turnId: TurnId; readonly fence: Fence }
  | { readonly kind: "end"; readonly turnId: TurnId; readonly fence: Fence }
  /** The turn is over, under whatever fence it holds the lane. */
  | { readonly kind: "leave"; readonly turnId: TurnId }
  /** Whoever was told that the lane is free does not want it any more. */
  | { readonly kind: "pass" }
  /** Takes the lane from whoever holds it: the fence rises, so the old turn can commit nothing more. */
  | { readonly kind: "revoke" }
  /**
   * As `revoke`, whether or not anybody holds it, and nobody waits any more: all that was ever begun is over. What comes
   * next has a transcript of its own, from which nothing that is still being removed can be taken.
   */
  | { readonly kind: "clear" }
  /** Starts a new transcript. */
  | { readonly kind: "new_epoch" }
  | { readonly kind: "name"; readonly name: string | null }
  /**
   * Takes the lane as `clear` does, but those who wait go on waiting, and keeps an epoch for the transcript with this
   * digest: the same one if it was begun before.
   */
  | { readonly kind: "import_begins"; readonly digest: string }
  /** The transcript is there: turns write to its epoch. `lost` if it is not the one that is awaited. */
  | { readonly kind: "import_ends"; readonly epoch: number }
  /** It cannot be brought into that epoch: the next try gets another one. */
  | { readonly kind: "import_fails" };

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

/** Of no transcript. */
const NO_DIGEST = "";
/** Nothing was said in it yet. */
const UNBEGUN = { name: null, beganAt: null, activeAt: null, openedBy: null } as const;

export const EMPTY_LANE: Lane = { fence: 0, epoch: 0, holder: null, waiting: [], ...UNBEGUN, importing: null };

/** One transition. Pure: the caller stores `lane` before it answers `reply`. */
export function stepLane(lane: Lane, event: LaneEvent, now: number): LaneStep {
  switch (event.kind) {
    case "begin":
      return begin(lane, event, now);
    case "renew": {
      const holder = holderOf(lane, event.turnId, event.fence);
      if (!holder) return unchanged(lane, { kind: "lost" });
      return settle({ ...activeLane(lane, now), holder: { ...holder, leaseUntil: now + TURN_BOUNDS.leaseMs } });
    }
    case "end":
      if (!holderOf(lane, event.turnId, event.fence)) return unchanged(lane, { kind: "lost" });
      return release(activeLane(lane, now));
    case "leave":
      if (lane.holder?.turnId !== event.turnId) return unchanged(lane, { kind: "lost" });
      return release(activeLane(lane, now));
    case "pass":
      return lane.holder ? settle(lane) : release(lane);
    case "revoke":
      return lane.holder ? release({ ...lane, fence: lane.fence + 1 }) : settle(lane);
    case "clear":
      return settle({ ...inNewEpoch(lane), fence: lane.fence + 1, holder: null, waiting: [] });
    case "new_epoch":
      return settle(inNewEpoch(lane));
    case "name":
      return lane.name === event.name ? settle(lane) : settle({ ...lane, name: event.name });
    case "import_begins":
    case "import_ends":
    case "import_fails":
      return stepImport(lane, event, now);
    default:
      return assertNever(event);
  }
}

type ImportEvent = Extract<LaneEvent, { kind: "import_begins" | "import_ends" | "import_fails" }>;

function stepImport(lane: Lane, event: ImportEvent, now: number): LaneStep {
  switch (event.kind) {
    case "import_begins": {
      const importing = awaited(lane, event.digest) ?? { epoch: nextEpoch(lane), digest: event.digest };
      return settle({ ...lane, fence: lane.fence + 1, holder: null, importing });
    }
    case "import_ends":
      if (lane.importing?.epoch !== event.epoch) return unchanged(lane, { kind: "lost" });
      return settle({ ...inNewEpoch(lane), epoch: event.epoch, beganAt: now, activeAt: now });
    case "import_fails":
      return settle({ ...lane, importing: lane.importing && { ...lane.importing, digest: NO_DIGEST } });
    default:
      return assertNever(event);
  }
}

function begin(lane: Lane, event: Extract<LaneEvent, { kind: "begin" }>, now: number): LaneStep {
  const { turnId, session, above, opening } = event;
  const { holder } = lane;
  // A session runs one turn at a time: asking for another one says that its last is over, even if `end` was lost.
  const free = !holder || holder.session === session || holder.leaseUntil <= now;
  if (!free) {
    const reply = { kind: "busy", holder: holder.session, leaseUntil: holder.leaseUntil } as const;
    const known = lane.waiting.includes(session) || lane.waiting.length >= INBOUND_BOUNDS.waitingMax;
    return unchanged(known ? lane : { ...lane, waiting: [...lane.waiting, session] }, reply);
  }
  const fence = Math.max(lane.fence, Math.min(above, lane.fence + TURN_BOUNDS.grantJumpMax)) + 1;
  const opened = opening && lane.openedBy !== turnId ? openedLane(lane, { turnId, session }, opening, now) : lane;
  const granted: Lane = {
    ...opened,
    fence,
    holder: { turnId, session, leaseUntil: now + TURN_BOUNDS.leaseMs },
    waiting: lane.waiting.filter((other) => other !== session),
  };
  return { lane: granted, reply: { kind: "granted", fence, epoch: granted.epoch }, wake: null };
}

/** Somebody's message begins a turn: perhaps the conversation anew, once its last turn is surely over. */
function openedLane(
  lane: Lane,
  { turnId, session }: Pick<Holder, "turnId" | "session">,
  rules: ResetRules,
  now: number,
): Lane {
  const { holder } = lane;
  const isOver = !holder || holder.session === session || holder.leaseUntil + TURN_BOUNDS.turnMaxMs <= now;
  const lived = isOver && isExpired(lane, rules, now) ? inNewEpoch(lane) : lane;
  // One that went on before this was written down did not begin now.
  const beganAt = lived.beganAt ?? (lived.activeAt === null ? now : null);
  return { ...lived, beganAt, activeAt: now, openedBy: turnId };
}

/** What somebody's turn does is a sign of life. */
function activeLane(lane: Lane, now: number): Lane {
  const isSomebodys = lane.holder !== null && lane.holder.turnId === lane.openedBy;
  return isSomebodys ? { ...lane, activeAt: now } : lane;
}

function inNewEpoch(lane: Lane): Lane {
  return { ...lane, epoch: nextEpoch(lane), ...UNBEGUN, importing: null };
}

/** What was brought in halfway is in nobody's way. */
function nextEpoch({ epoch, importing }: Lane): number {
  return Math.max(epoch, importing?.epoch ?? 0) + 1;
}

/** The import of this transcript that broke off. */
function awaited({ importing }: Lane, digest: string): Lane["importing"] {
  return importing?.digest === digest ? importing : null;
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
