/** Which runs begin now: in order, one of a job at a time, and not too many of all. Pure. */
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import type { Run } from "./run-plan.ts";

/** An open run, and when something is to be done about it: it begins, or its order is repeated. */
export type OpenRun = Run & { readonly dueAt: number };

/** `ready`: to be begun or ordered again now. What is said without an agent waits for no other run. */
export function pickRuns(open: readonly OpenRun[], now: number): readonly OpenRun[] {
  const asks = open.filter(({ plan }) => plan.work.kind === "ask");
  const busy = new Set(asks.filter(({ phase }) => phase === "running").map(({ jobId }) => jobId));
  let room = JOB_BOUNDS.runsAtOnceMax - asks.filter(({ phase }) => phase === "running").length;
  return open.filter((run) => {
    if (run.dueAt > now) return false;
    if (run.phase === "running" || run.plan.work.kind === "say") return true;
    if (busy.has(run.jobId) || room <= 0) return false;
    busy.add(run.jobId);
    room -= 1;
    return true;
  });
}

/** When the next open run is due; null: none is, but when another one ends. */
export function nextPickAt(open: readonly OpenRun[], now: number): number | null {
  const later = open.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt);
  return later.length > 0 ? Math.min(...later) : null;
}
