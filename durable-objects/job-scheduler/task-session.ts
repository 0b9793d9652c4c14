/** The session in which the runs of a job are turns: its name, and its end once the job is gone. */
import { formatSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { insertDelivery } from "./deliveries.ts";
import { readJob } from "./job-rows.ts";
import type { Run } from "./run-plan.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** It has told the scheduler what came of the last run, and writes that down itself. */
const FORGET_AFTER_MS = 60_000;

/** The key of a job's session. */
export function taskSession(agent: string, jobId: string): SessionKey {
  return formatSessionKey({ agent, channel: "job", chatKind: "direct", chatId: jobId });
}

/** Forgets the session of a job that is gone, a while after its last run. */
export function forgetIfGone({ sql }: SchedulerContext, { kind, jobId, runId }: Run, now: number): void {
  if (kind === "job" && !readJob(sql, jobId)) planForget(sql, jobId, runId, now);
}

/** Forgets the session of a job, once for `reason`, unless the job is there again by then. */
export function planForget(sql: SqlStorage, jobId: string, reason: string, now: number): void {
  const id = `forget:${reason}`;
  insertDelivery(sql, { id, runId: null, content: { kind: "forget", jobId } }, now + FORGET_AFTER_MS);
}
