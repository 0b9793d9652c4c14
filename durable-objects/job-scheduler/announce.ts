/** What the owner must know of a job besides what it has to say. */
import { insertDelivery } from "./deliveries.ts";
import type { JobNotice } from "./job-notice.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** Stores a notice for the owner's chat. Inside the transaction that has the reason for it. */
export function tellOwner({ sql, stir }: Pick<SchedulerContext, "sql" | "stir">, notice: JobNotice, now: number): void {
  const id = `notice:${notice.jobId}:${notice.kind}:${now}`;
  insertDelivery(sql, { id, runId: null, content: { kind: "notice", notice } }, now);
  stir(now);
}
