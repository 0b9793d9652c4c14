/** What the heartbeat is, as the edge's objects, `/heartbeat`, the CLI and the admin API speak of it. Never a person's text. */
import type { Usage } from "./turn-event.ts";

/** Why a beat was not begun. */
export const BEAT_SKIPS = [
  "paused",
  "too_soon",
  "quiet_hours",
  "no_checklist",
  "owner_away",
  "busy",
  "still_running",
  "over_budget",
  "no_route",
] as const;
export type BeatSkip = (typeof BEAT_SKIPS)[number];

/** What became of one that was begun. */
export const BEAT_ENDS = ["running", "told", "nothing", "repeated", "failed", "stopped"] as const;
export type BeatEnd = (typeof BEAT_ENDS)[number];

export type BeatOutcome = BeatSkip | BeatEnd;

/** One tick of the heartbeat that was of interest. */
export type BeatView = {
  /** Epoch ms: the minute of the clock, or the moment at which somebody woke it. */
  readonly slot: number;
  readonly outcome: BeatOutcome;
  /** What its run took; null: there was none, or it is not over. */
  readonly usage: Usage | null;
};

export type HeartbeatStatus = {
  /** Null: the clock is off (`HEARTBEAT_EVERY=0m`). */
  readonly everyMs: number | null;
  readonly isPaused: boolean;
  /** As they are set, such as `08:00-22:00`; null: always. */
  readonly activeHours: string | null;
  /** Of the agent. */
  readonly timezone: string;
  /** Null: the models of the configuration. */
  readonly model: string | null;
  /** Whether the checklist asks for anything. */
  readonly hasChecklist: boolean;
  /** Events that wait for the next beat. */
  readonly events: number;
  /** The next minute of the clock at which one is considered; null: none by the clock. */
  readonly nextAt: number | null;
  /** The newest, the last one first. */
  readonly beats: readonly BeatView[];
};

/** What the last turn of the owner's space left of HEARTBEAT.md. */
export type ChecklistState = {
  /** Null: it asks for nothing, or there is none. */
  readonly hash: string | null;
  /** When the turn ended. Epoch ms. */
  readonly at: number;
};

/** Something that the heartbeat is to deal with. */
export type WakeEvent = {
  readonly text: string;
  /** False: somebody else wrote it. */
  readonly isTrusted: boolean;
};

/** How the prompt of every beat begins; the offline model knows it by that. */
export const HEARTBEAT_OPENING = "[heartbeat] Nobody has written to you. The clock asks: is there something to do?";

/** What can be asked of it. */
export const HEARTBEAT_ORDERS = ["now", "on", "off"] as const;
export type HeartbeatOrder = (typeof HEARTBEAT_ORDERS)[number];
