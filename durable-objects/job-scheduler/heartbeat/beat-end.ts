/** What comes of a beat: whether its words are told, and what becomes of the events that it was given. */
import { assertNever } from "../../../protocol/assert.ts";
import type { BeatEnd } from "../../../protocol/heartbeat.ts";
import type { RunStatus } from "../../../protocol/jobs.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { tellOwner } from "../announce.ts";
import type { Run } from "../run-plan.ts";
import type { SchedulerContext } from "../scheduler-context.ts";
import { endBeat, eventsGivenTo, isToldBy, leftEventsBehind } from "./beats.ts";
import { believable } from "./believable.ts";
import { dropEvents } from "./events.ts";
import { hashOf, toldWith } from "./repetition.ts";
import { changeState, readState } from "./state.ts";

type Settling = Pick<SchedulerContext, "sql" | "stir">;

/**
 * Whether the words of a beat are told: not if they were told within a day, unless files come with them. Inside the
 * transaction that ends the run, before `settleBeat`.
 */
export function judgeBeat(
  { sql }: SchedulerContext,
  { runId, slot }: Pick<Run, "runId" | "slot">,
  { text, hasFiles }: { readonly text: string; readonly hasFiles: boolean },
): "deliver" | "kept_back" {
  const told = toldWith(believable(readState(sql), slot).told, text, slot);
  if (told === null && !hasFiles) {
    endBeat(sql, runId, "repeated");
    return "kept_back";
  }
  // Taken back if it cannot be delivered.
  if (told !== null) changeState(sql, { told });
  endBeat(sql, runId, "told");
  return "deliver";
}

/** The run of a beat is over. What it was given is dealt with if it succeeded and what it says has arrived. */
export function settleBeat(scheduler: SchedulerContext, { runId }: Pick<Run, "runId">, status: RunStatus, now: number) {
  const { sql } = scheduler;
  const outcome = outcomeOf(status);
  if (outcome !== null) endBeat(sql, runId, outcome);
  if (outcome === "failed") return keepEvents(scheduler, runId, now);
  const isDone = status === "silent" || (status === "ok" && !isToldBy(sql, runId));
  if (isDone) dealWithEvents(scheduler, runId);
  if (outcome !== "stopped" && outcome !== "over_budget") wakeForRest(scheduler, runId, now);
}

/** It is known whether the words of a beat have arrived; if they have not, they and the events are for the next one. */
export function settleBeatDelivery(
  scheduler: Settling,
  runId: string,
  { text, hasArrived }: { readonly text: string; readonly hasArrived: boolean },
  now: number,
): void {
  if (hasArrived) return dealWithEvents(scheduler, runId);
  const { sql } = scheduler;
  const hash = hashOf(text);
  changeState(sql, { told: readState(sql).told.filter((one) => one.hash !== hash) });
  endBeat(sql, runId, "failed");
  keepEvents(scheduler, runId, now);
}

function dealWithEvents({ sql }: Settling, runId: string): void {
  const upTo = eventsGivenTo(sql, runId);
  if (upTo === null) return;
  dropEvents(sql, upTo);
  changeState(sql, { eventFailures: 0 });
}

/** The next beat is given them, but not for ever: one of them may be what it fails at. */
function keepEvents(scheduler: Settling, runId: string, now: number): void {
  const { sql } = scheduler;
  const upTo = eventsGivenTo(sql, runId);
  if (upTo === null) return;
  const failures = readState(sql).eventFailures + 1;
  const isOver = failures >= HEARTBEAT_BOUNDS.eventTriesMax;
  changeState(sql, { eventFailures: isOver ? 0 : failures });
  if (!isOver) return;
  const count = dropEvents(sql, upTo);
  if (count > 0) tellOwner(scheduler, { kind: "events_lost", jobId: "heartbeat", name: "heartbeat", count }, now);
}

/** What there was no room for need not wait for the clock. */
function wakeForRest({ sql, stir }: Settling, runId: string, now: number): void {
  if (!leftEventsBehind(sql, runId)) return;
  const wakeAt = now + HEARTBEAT_BOUNDS.apartMs;
  changeState(sql, { wakeAt });
  stir(wakeAt);
}

/** Null: `judgeBeat` has said it. */
function outcomeOf(status: RunStatus): BeatEnd | "over_budget" | null {
  switch (status) {
    case "ok":
      return null;
    case "silent":
      return "nothing";
    case "stopped":
      return "stopped";
    case "skipped":
      return "over_budget";
    case "error":
    case "missed":
      return "failed";
    default:
      return assertNever(status);
  }
}
