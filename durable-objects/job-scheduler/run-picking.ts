/** Which runs begin now: in order, one of a job at a time, and not too many of all. Pure. */
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { isOwnConversation, type Run } from "./run-plan.ts";

/** An open run, and when something is to be done about it: it begins, or its order is repeated. */
export type OpenRun = Run & {
  readonly dueAt: number;
  /** How long somebody has looked after this try; while nobody was awake its session was not either. */
  readonly watchedMs: number;
};

/** `ready`: to be begun or ordered again now. What is said without an agent waits for no other run. */
export function pickRuns(open: readonly OpenRun[], now: number): readonly OpenRun[] {
  const asks = open.filter(({ plan }) => plan.work.kind === "ask");
  const busy = new Set(asks.filter(({ phase }) => phase === "running").map(({ jobId }) => jobId));
  const running = asks.filter(({ phase }) => phase === "running");
  const own = running.filter(isOwnConversation).length;
  // Those in the owner's conversation wait there for each other and for the owner: they take no place from the others.
  const room = { own: JOB_BOUNDS.runsAtOnceMax - own, main: JOB_BOUNDS.runsAtOnceMax - (running.length - own) };
  return open.filter((run) => {
    if (run.dueAt > now) return false;
    if (run.phase === "running" || run.plan.work.kind === "say") return true;
    const place = isOwnConversation(run) ? "own" : "main";
    if (busy.has(run.jobId) || room[place] <= 0) return false;
    busy.add(run.jobId);
    room[place] -= 1;
    return true;
  });
}

/** When the next open run is due; null: none is, but when another one ends. */
export function nextPickAt(open: readonly OpenRun[], now: number): number | null {
  const later = open.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt);
  return later.length > 0 ? Math.min(...later) : null;
}
