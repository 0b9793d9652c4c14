/** What comes of a beat: whether its words are told, and what becomes of the events that it was given. */
import { assertNever } from "../../../protocol/assert.ts";
import type { BeatEnd } from "../../../protocol/heartbeat.ts";
import type { RunStatus } from "../../../protocol/jobs.ts";
import type { Run } from "../run-plan.ts";
import type { SchedulerContext } from "../scheduler-context.ts";
import { endBeat, eventsGivenTo } from "./beats.ts";
import { dropEvents } from "./events.ts";
import { toldWith } from "./repetition.ts";
import { believable, changeState, readState } from "./state.ts";

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
  if (told !== null) changeState(sql, { told });
  endBeat(sql, runId, "told");
  return "deliver";
}

/** The run of a beat is over: its events are dealt with if it succeeded, else the next one is given them. */
export function settleBeat({ sql }: SchedulerContext, { runId }: Pick<Run, "runId">, status: RunStatus): void {
  const outcome = outcomeOf(status);
  if (outcome !== null) endBeat(sql, runId, outcome);
  const eventsTo = status === "ok" || status === "silent" ? eventsGivenTo(sql, runId) : null;
  if (eventsTo !== null) dropEvents(sql, eventsTo);
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
