/**
 * The verbs of `POST /agent/rpc`. What must be asked of others is asked first; what is left is synchronous, so that it can
 * be done in one transaction with the row that keeps a repeated call from doing it again.
 */
import type { CronRequest } from "../../protocol/agent-rpc.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { Delivery, JobRefusal, JobView, Payload, RunView } from "../../protocol/jobs.ts";
import { RPC_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { wakeHeartbeat } from "./heartbeat/wake.ts";
import { draftChange, draftJob } from "./job-draft.ts";
import { addJob, listJobRuns, listJobs, removeJob, runJob, schedulerStatus, updateJob } from "./jobs.ts";
import { readRun } from "./runs.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** Carries a verb out. Called within a transaction. */
export type Deed = (now: number) => Result<unknown, JobRefusal>;

/** Gets a verb ready. `here`: the session that the turn is in. */
export async function prepareDeed(
  scheduler: SchedulerContext,
  request: CronRequest,
  here: SessionKey,
): Promise<Result<Deed, JobRefusal>> {
  const origin = { session: here };
  switch (request.verb) {
    case "cron.status":
      return ok(() => ok(schedulerStatus(scheduler)));
    case "cron.list": {
      const { includeDisabled = false } = request;
      return ok(() => ok(listJobs(scheduler, { includeDisabled }).map(shortened)));
    }
    case "cron.add": {
      const draft = await draftJob(scheduler, request.job, origin);
      return draft.ok ? ok((now) => jobOf(addJob(scheduler, draft.value, now))) : draft;
    }
    case "cron.update": {
      const change = await draftChange(scheduler, request.patch, origin);
      return change.ok ? ok((now) => jobOf(updateJob(scheduler, request.jobId, change.value, now))) : change;
    }
    case "cron.remove":
      return ok((now) => jobOf(removeJob(scheduler, request.jobId, now)));
    case "cron.run": {
      const id = crypto.randomUUID();
      return ok((now) => {
        const run = runJob(scheduler, request.jobId, id, now);
        return run.ok ? ok({ runId: run.runId }) : err(run.refusal);
      });
    }
    case "cron.runs": {
      const { jobId, limit = RPC_BOUNDS.runsShown } = request;
      const which = { ...(jobId !== undefined && { jobId }), limit };
      return ok(() => ok(listJobRuns(scheduler, which).map((run) => withoutOthers(scheduler, run))));
    }
    case "cron.wake": {
      const { text, mode = "now" } = request;
      return ok((now) => {
        wakeHeartbeat(scheduler, { text, mode, isTrusted: true }, now);
        return ok({ mode });
      });
    }
    default:
      return assertNever(request);
  }
}

function jobOf(outcome: ReturnType<typeof addJob>): Result<JobView, JobRefusal> {
  return outcome.ok ? ok(shortened(outcome.job)) : err(outcome.refusal);
}

/** What a run said of others' words would come into the turn of the owner as if it were not theirs. */
function withoutOthers({ sql }: SchedulerContext, run: RunView): RunView {
  const work = readRun(sql, run.runId)?.plan.work;
  return work?.kind === "ask" && work.untrusted !== undefined ? { ...run, summary: null } : run;
}

/** With the beginning of its texts: a list of all jobs must fit into a reply. */
function shortened(job: JobView): JobView {
  return {
    ...job,
    name: job.name.toWellFormed(),
    description: job.description && cut(job.description),
    payload: shortPayload(job.payload),
    delivery: shortDelivery(job.delivery),
  };
}

function shortDelivery(delivery: Delivery): Delivery {
  return delivery.mode === "webhook" ? { ...delivery, url: cut(delivery.url) } : delivery;
}

function shortPayload(payload: Payload): Payload {
  switch (payload.kind) {
    case "reminder":
    case "systemEvent":
      return { ...payload, text: cut(payload.text) };
    case "agentTurn":
      return { ...payload, message: cut(payload.message) };
    default:
      return assertNever(payload);
  }
}

function cut(text: string): string {
  const { shownMax } = RPC_BOUNDS;
  // Half a character would be six bytes of JSON.
  return text.length <= shownMax ? text.toWellFormed() : `${text.slice(0, shownMax).toWellFormed()}…`;
}
