/** What the heartbeat remembers from one beat to the next, and which of its times can be right. Pure. */
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import type { Told } from "./repetition.ts";

export type HeartbeatState = {
  readonly isPaused: boolean;
  /** The slot of the last one that was begun; null: none was. Epoch ms. */
  readonly lastBeatAt: number | null;
  /** When an event wants one; null: none does. */
  readonly wakeAt: number | null;
  /** When the owner had written last, as the last decision took it; null: never, or none was made. */
  readonly ownerActiveAt: number | null;
  /** What was told within `HEARTBEAT_BOUNDS.duplicateMs`, the newest last. */
  readonly told: readonly Told[];
  /** Beats in a row that were given events and failed. */
  readonly eventFailures: number;
};

/**
 * A state without the times that lie ahead of `now`: they were written by a clock that went wrong, and would keep the
 * heartbeat waiting until they come. An event that waits for such a time waits no longer.
 */
export function believable(state: HeartbeatState, now: number): HeartbeatState {
  const latest = now + HEARTBEAT_BOUNDS.clockSlackMs;
  const { lastBeatAt, wakeAt, told } = state;
  return {
    ...state,
    lastBeatAt: lastBeatAt !== null && lastBeatAt > latest ? null : lastBeatAt,
    wakeAt: wakeAt !== null && wakeAt > latest ? now : wakeAt,
    told: told.filter(({ at }) => at <= latest),
  };
}
