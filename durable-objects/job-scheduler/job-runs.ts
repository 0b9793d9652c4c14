/** What jobs have to do with the runs table besides planning: what waits of them can be taken back. Synchronous SQL only. */

/** Ends the runs of a job that have not begun: nobody wants them any more. */
export function cancelWaiting(sql: SqlStorage, jobId: string, why: "job_removed" | "job_disabled", now: number): void {
  sql.exec(
    `UPDATE runs SET phase = 'ended', due_at = NULL, ended_at = ?, status = 'skipped', error = ?, delivery = 'not_requested'
     WHERE job = ? AND phase = 'waiting'`,
    now,
    why,
    jobId,
  );
}
