/** Whether a beat is begun. Decided before anything is started that costs something. Pure. */
import { type ActiveHours, isWithin } from "../../../protocol/active-hours.ts";
import type { BeatSkip } from "../../../protocol/heartbeat.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";

/** Who wants it: the clock, an event, or the owner, now. */
export type BeatCause = "clock" | "event" | "owner";

/** What the scheduler knows by itself. */
export type OwnFacts = {
  /** Epoch ms: the minute of the clock, or the moment at which it was woken. */
  readonly slot: number;
  readonly cause: BeatCause;
  /** Between two slots of the clock; 0: it is off. */
  readonly everyMs: number;
  readonly isPaused: boolean;
  /** The slot of the last one that was begun; null: none was. */
  readonly lastBeatAt: number | null;
  readonly hasEvents: boolean;
  /** The last one has not ended. */
  readonly isRunning: boolean;
};

/** What it must ask for. */
export type AskedFacts = {
  readonly hasChecklist: boolean;
  /** When the owner wrote last; null: never. */
  readonly ownerActiveAt: number | null;
  readonly isLaneBusy: boolean;
  readonly mayAfford: boolean;
  /** Whether there is a chat in which the owner could be told. */
  readonly hasRoute: boolean;
  /** Of the agent. */
  readonly timezone: string;
  readonly activeHours: ActiveHours | null;
};

/** What speaks against it by what is known without asking anybody; null: nothing so far. */
export function firstSkip({ slot, cause, isPaused, lastBeatAt }: OwnFacts): BeatSkip | null {
  if (isPaused && cause !== "owner") return "paused";
  return lastBeatAt !== null && slot - lastBeatAt < HEARTBEAT_BOUNDS.apartMs ? "too_soon" : null;
}

/** What speaks against it, in the fixed order of the gates; null: it is begun. */
export function skipOf(own: OwnFacts, asked: AskedFacts): BeatSkip | null {
  const first = firstSkip(own);
  if (first !== null) return first;
  const { slot, cause, hasEvents, isRunning } = own;
  const closed: readonly (readonly [BeatSkip, boolean])[] = [
    ["quiet_hours", cause !== "owner" && isQuiet(slot, asked)],
    ["no_checklist", !asked.hasChecklist && !hasEvents],
    ["owner_away", cause === "clock" && !hasEvents && isTooOften(own, asked.ownerActiveAt)],
    ["still_running", isRunning],
    ["busy", asked.isLaneBusy],
    ["over_budget", !asked.mayAfford],
    ["no_route", !asked.hasRoute],
  ];
  return closed.find(([, isClosed]) => isClosed)?.[0] ?? null;
}

function isQuiet(slot: number, { activeHours, timezone }: AskedFacts): boolean {
  return activeHours !== null && !isWithin(activeHours, slot, timezone);
}

/** An owner who is there has each beat of the clock, however shortly before it somebody else has asked for one. */
function isTooOften({ slot, everyMs, lastBeatAt }: OwnFacts, ownerActiveAt: number | null): boolean {
  const gapMs = gapFor(slot, everyMs, ownerActiveAt);
  return gapMs > everyMs && lastBeatAt !== null && slot - lastBeatAt < gapMs;
}

/**
 * How far two beats are apart by the owner's silence: twice the interval after `idleAfterMs`, and twice that with each
 * doubling of the silence.
 */
export function gapFor(slot: number, everyMs: number, ownerActiveAt: number | null): number {
  const { idleAfterMs, idleMaxMs } = HEARTBEAT_BOUNDS;
  const most = Math.max(everyMs, idleMaxMs);
  if (ownerActiveAt === null) return most;
  const idleMs = slot - ownerActiveAt;
  if (idleMs < idleAfterMs) return everyMs;
  return Math.min(most, everyMs * 2 ** (Math.floor(Math.log2(idleMs / idleAfterMs)) + 1));
}
