/** The jobs table: what is to be done when, and how far it is. Synchronous SQL only. */
import type { Job, JobState, JobView } from "../../protocol/jobs.ts";

type Row = { record: string; state: string };

/** Nothing of the job waits or is under way. Few runs are open: looking a job up among all its runs would read many. */
const IS_FREE = "job NOT IN (SELECT job FROM runs INDEXED BY runs_open WHERE phase <> 'ended')";

/** A job by its id; null: there is none. */
export function readJob(sql: SqlStorage, jobId: string): JobView | null {
  const [row] = sql.exec<Row>("SELECT record, state FROM jobs WHERE job = ?", jobId).toArray();
  return row ? viewOf(row) : null;
}

/** All jobs, the one that is due next first. */
export function readJobs(sql: SqlStorage): readonly JobView[] {
  return sql.exec<Row>("SELECT record, state FROM jobs ORDER BY next_at IS NULL, next_at, job").toArray().map(viewOf);
}

export function countJobs(sql: SqlStorage): number {
  return sql.exec<{ n: number }>("SELECT count(*) AS n FROM jobs").one().n;
}

/** Writes a job and its state, whether it was there or not. */
export function writeJob(sql: SqlStorage, { state, ...job }: JobView): void {
  sql.exec(
    `INSERT INTO jobs (job, record, state, next_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (job) DO UPDATE SET record = ?2, state = ?3, next_at = ?4`,
    job.id,
    JSON.stringify(job satisfies Job),
    JSON.stringify(state),
    state.nextRunAt,
  );
}

/** The job is not looked at before `until`; nothing else of it changes. */
export function putOff(sql: SqlStorage, jobId: string, until: number): void {
  sql.exec("UPDATE jobs SET next_at = ? WHERE job = ?", until, jobId);
}

/** Removes a job. What was run of it stays in the log. */
export function deleteJob(sql: SqlStorage, jobId: string): void {
  sql.exec("DELETE FROM jobs WHERE job = ?", jobId);
}

/** The jobs that are due and of which no run is open, the longest due first. */
export function dueJobIds(sql: SqlStorage, now: number): readonly string[] {
  const query = `SELECT job FROM jobs WHERE next_at <= ? AND ${IS_FREE} ORDER BY next_at, job`;
  return sql
    .exec<{ job: string }>(query, now)
    .toArray()
    .map(({ job }) => job);
}

/** When the next job is due. One whose run is open waits for that instead. Null: none is. */
export function nextDueAt(sql: SqlStorage): number | null {
  const query = `SELECT next_at AS at FROM jobs WHERE next_at IS NOT NULL AND ${IS_FREE} ORDER BY next_at LIMIT 1`;
  return sql.exec<{ at: number }>(query).toArray()[0]?.at ?? null;
}

function viewOf(row: Row): JobView {
  const job: Job = JSON.parse(row.record); // only `writeJob` writes it
  const state: JobState = JSON.parse(row.state); // only `writeJob` writes it
  return { ...job, state };
}
