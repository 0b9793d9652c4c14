/** Gives the heartbeat something to deal with: from the agent's own tool, or from outside by a hook. */
import type { WakeEvent } from "../../../protocol/heartbeat.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import type { SchedulerContext } from "../scheduler-context.ts";
import { believable } from "./believable.ts";
import { insertEvent } from "./events.ts";
import { changeState, readState } from "./state.ts";

/** Something that the heartbeat is to be told of. */
export type Wake = WakeEvent & { readonly mode: "now" | "next-heartbeat" };

/** Keeps an event for the next beat; `now`: that comes as soon as two beats may follow each other. */
export function wakeHeartbeat({ sql, stir }: SchedulerContext, { mode, ...event }: Wake, now: number): void {
  insertEvent(sql, event, now);
  if (mode === "next-heartbeat") return;
  const { wakeAt, lastBeatAt } = believable(readState(sql), now);
  const soonest = Math.max(now, (lastBeatAt ?? 0) + HEARTBEAT_BOUNDS.apartMs);
  const at = Math.min(wakeAt ?? soonest, soonest);
  changeState(sql, { wakeAt: at });
  stir(at);
}
