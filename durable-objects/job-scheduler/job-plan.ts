/** What one run of a job is to do: fixed when it is planned, so that a later change of the job does not reach it. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import type { Job } from "../../protocol/jobs.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { type ConversationKey, formatConversationKey } from "../../protocol/session-key.ts";
import type { NewRun, RunPlan } from "./run-plan.ts";

/** Which run of a job: that of a slot, or one that somebody wants at once. */
export type RunName =
  | { readonly kind: "slot"; readonly slot: number }
  | { readonly kind: "manual"; readonly id: string; readonly at: number };

/** The same slot always makes the same run. */
export function planRun(agent: string, job: Job, name: RunName): NewRun {
  const { runId, slot, part } = idsOf(job.id, name);
  return {
    runId,
    jobId: job.id,
    kind: "job",
    slot,
    conversation: conversationOf(agent, job, part),
    plan: { name: job.name, delivery: job.delivery, work: workOf(job) },
  };
}

/** Whether a run is one of its job's slots, and not one that somebody wanted besides. */
export function isOfSlot({ runId, jobId, slot }: Pick<NewRun, "runId" | "jobId" | "slot">): boolean {
  return runId === slotRunId(jobId, slot);
}

function idsOf(jobId: string, name: RunName) {
  switch (name.kind) {
    case "slot":
      return { runId: slotRunId(jobId, name.slot), slot: name.slot, part: String(name.slot) };
    case "manual":
      return { runId: `${jobId}:manual:${name.id}`, slot: name.at, part: name.id };
    default:
      return assertNever(name);
  }
}

function slotRunId(jobId: string, slot: number): string {
  return `${jobId}:${slot}`;
}

/** A run has a conversation of its own, unless it is told in the owner's. */
function conversationOf(agent: string, { id: jobId, payload }: Job, runId: string): ConversationKey {
  if (payload.kind === "systemEvent") return formatConversationKey({ kind: "main", agent });
  return formatConversationKey({ kind: "job", agent, jobId, runId });
}

function workOf({ payload }: Job): RunPlan["work"] {
  switch (payload.kind) {
    case "reminder":
      return { kind: "say", text: payload.text };
    case "systemEvent":
      return { kind: "ask", text: payload.text, timeoutMs: JOB_BOUNDS.runMaxMs };
    case "agentTurn": {
      const { message, model, thinking, timeoutSeconds, lightContext } = payload;
      return {
        kind: "ask",
        text: message,
        ...(lightContext === true && { isLight: true }),
        ...(model !== undefined && { model }),
        ...(thinking !== undefined && { thinking }),
        timeoutMs: timeoutOf(timeoutSeconds),
      };
    }
    default:
      return assertNever(payload);
  }
}

/** 0 stands for as long as a run may last at all. */
function timeoutOf(seconds: number | undefined): number {
  if (seconds === undefined) return JOB_BOUNDS.runMaxMs;
  return seconds === 0 ? JOB_BOUNDS.runLongestMs : Math.ceil(seconds * 1000);
}
