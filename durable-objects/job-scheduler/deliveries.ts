/** The deliveries table: what chats, webhooks and sessions of jobs are still to be told. Synchronous SQL only. */
import { backoffMs } from "../../protocol/backoff.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { isSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import type { Announcement, Destination } from "../../protocol/tasks.ts";
import type { JobNotice } from "./job-notice.ts";
import type { WebhookBody } from "./webhook.ts";

export type DeliveryContent =
  | { readonly kind: "announce"; readonly to: Destination; readonly what: Omit<Announcement, "id"> }
  | { readonly kind: "webhook"; readonly url: string; readonly event: WebhookBody }
  /** For the owner. */
  | { readonly kind: "notice"; readonly notice: JobNotice }
  /** The session of a job that is gone is to forget everything. */
  | { readonly kind: "forget"; readonly jobId: string };

/** Servers of others are slow: what goes to them keeps nothing waiting that goes to sessions of our own. */
export type DeliveryWay = "session" | "webhook";

const IS_OF_WAY = {
  session: "content ->> '$.kind' <> 'webhook'",
  webhook: "content ->> '$.kind' = 'webhook'",
} as const;

export type StoredDelivery = {
  readonly id: string;
  /** The run that it is the result of; null: a notice. */
  readonly runId: string | null;
  readonly content: DeliveryContent;
  /** The chat that has it, or is to have it: fixed by the first try. */
  readonly session: SessionKey | null;
  /** `handed`: the chat has it, and has not said yet what became of it. */
  readonly phase: "pending" | "handed";
  readonly attempts: number;
};

type Row = {
  delivery: string;
  run: string | null;
  session: string | null;
  content: string;
  phase: StoredDelivery["phase"];
  attempts: number;
};

/** Stores something to be said, once per id. */
export function insertDelivery(
  sql: SqlStorage,
  { id, runId, content }: Pick<StoredDelivery, "id" | "runId" | "content">,
  now: number,
): void {
  sql.exec(
    `INSERT INTO deliveries (delivery, run, content, phase, attempts, due_at)
     VALUES (?, ?, ?, 'pending', 0, ?) ON CONFLICT (delivery) DO NOTHING`,
    id,
    runId,
    JSON.stringify(content),
    now,
  );
}

/**
 * What is due, oldest first. Each counts as tried, and is due again after a pause, whatever becomes of this try. What is
 * still under way is only looked at later.
 */
export function takeDueDeliveries(
  sql: SqlStorage,
  {
    way,
    limit,
    isUnderWay,
  }: { readonly way: DeliveryWay; readonly limit: number; readonly isUnderWay: (id: string) => boolean },
  now: number,
): readonly StoredDelivery[] {
  const rows = sql
    .exec<Row>(
      `SELECT delivery, run, session, content, phase, attempts FROM deliveries
       WHERE due_at <= ? AND ${IS_OF_WAY[way]} ORDER BY due_at LIMIT ?`,
      now,
      limit,
    )
    .toArray();
  return rows.flatMap((row) => {
    if (isUnderWay(row.delivery)) {
      sql.exec("UPDATE deliveries SET due_at = ? WHERE delivery = ?", now + UNDER_WAY_LOOK_MS, row.delivery);
      return [];
    }
    const attempts = row.attempts + 1;
    sql.exec(
      "UPDATE deliveries SET attempts = ?, due_at = ? WHERE delivery = ?",
      attempts,
      now + backoffMs(attempts, PAUSES),
      row.delivery,
    );
    const content: DeliveryContent = JSON.parse(row.content); // only `insertDelivery` writes it
    const session = row.session !== null && isSessionKey(row.session) ? row.session : null;
    return [{ id: row.delivery, runId: row.run, content, session, phase: row.phase, attempts }];
  });
}

/** A try that takes so long may have died with its instance. */
const UNDER_WAY_LOOK_MS = 5_000;
const PAUSES = { retryFirstMs: JOB_BOUNDS.deliveryFirstMs, retryMaxMs: JOB_BOUNDS.deliveryRetryMaxMs };

/** Which chat it goes to, decided before the first try so that no other one gets it too. */
export function fixSession(sql: SqlStorage, id: string, session: SessionKey): void {
  sql.exec("UPDATE deliveries SET session = ? WHERE delivery = ?", session, id);
}

/** The chat has it. From now on it is only asked what became of it. */
export function markHanded(sql: SqlStorage, id: string, now: number): void {
  sql.exec(
    "UPDATE deliveries SET phase = 'handed', attempts = 0, due_at = ? WHERE delivery = ?",
    now + JOB_BOUNDS.deliveryFirstMs,
    id,
  );
}

/** It is over, one way or the other. */
export function dropDelivery(sql: SqlStorage, id: string): void {
  sql.exec("DELETE FROM deliveries WHERE delivery = ?", id);
}

/** When the next one that goes that way is due; null: there is none. */
export function nextDeliveryAt(sql: SqlStorage, way: DeliveryWay): number | null {
  const query = `SELECT min(due_at) AS at FROM deliveries WHERE ${IS_OF_WAY[way]}`;
  return sql.exec<{ at: number | null }>(query).one().at;
}
