/** What jobs have to do with the runs table besides planning and ending. Synchronous SQL only. */
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { insertPassedOver } from "./runs.ts";
import type { NewRun } from "./run-plan.ts";

/** Old runs that are forgotten at a time. */
const FORGOTTEN_AT_ONCE = 50;

/** Writes one line for slots that are not run any more; `run` is that of the newest of them. */
export function insertMissed(sql: SqlStorage, run: NewRun, count: number, now: number): void {
  insertPassedOver(sql, run, "missed", "slots_missed", now);
  const text = count < JOB_BOUNDS.passedOverMax ? `slots: ${count}` : `slots: ${count} or more`;
  sql.exec("UPDATE runs SET summary = ? WHERE run = ? AND status = 'missed'", text, run.runId);
}

/** Ends the runs of a job that have not begun: nobody wants them any more. */
export function cancelWaiting(sql: SqlStorage, jobId: string, why: "job_removed" | "job_changed", now: number): void {
  sql.exec(
    `UPDATE runs SET phase = 'ended', due_at = NULL, ended_at = ?, status = 'skipped', error = ?, delivery = 'not_requested'
     WHERE job = ? AND phase = 'waiting'`,
    now,
    why,
    jobId,
  );
}

/**
 * Removes runs that are too many or too old from the log; those whose transcripts are still to be removed only when there are
 * twice as many.
 */
export function forgetOldRuns(sql: SqlStorage, now: number): void {
  sql.exec(
    `DELETE FROM runs WHERE seq IN (
       SELECT seq FROM runs INDEXED BY runs_forgettable WHERE phase = 'ended' AND has_transcript = 0 ORDER BY seq LIMIT ?1)
     AND (seq <= (SELECT max(seq) FROM runs) - ?2 OR ended_at < ?3)`,
    FORGOTTEN_AT_ONCE,
    JOB_BOUNDS.runsKept,
    now - JOB_BOUNDS.runsKeptMs,
  );
  sql.exec(
    `DELETE FROM runs WHERE seq IN (
       SELECT seq FROM runs WHERE seq <= (SELECT max(seq) FROM runs) - ?1 AND phase = 'ended' ORDER BY seq LIMIT ?2)`,
    JOB_BOUNDS.runsKept * 2,
    FORGOTTEN_AT_ONCE,
  );
}
