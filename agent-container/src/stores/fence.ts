/**
 * The fence of a conversation: every turn brings one, the highest ever seen wins. A turn whose fence has been passed
 * may commit nothing any more, whichever process it runs in.
 */
import type { DatabaseSync } from "node:sqlite";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { StorageError } from "../../../protocol/errors.ts";
import type { Fence } from "../../../protocol/ids.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import { FenceLostError } from "./fence-lost.ts";
import { inTransaction } from "./space-database.ts";

/** The part of a database connection that a fence needs; both node:sqlite and pi's wrapper of it have it. */
type FenceTable = Pick<DatabaseSync, "prepare">;

/** The highest fence ever raised for the conversation; 0 before the first turn. */
export function storedFence(db: FenceTable, conversation: ConversationKey): number {
  const row = db.prepare("SELECT fence FROM fences WHERE conversation = ?").get(conversation);
  return typeof row?.["fence"] === "number" ? row["fence"] : 0;
}

/**
 * Makes `fence` the highest one; equal is allowed (a resume). Returns the one before. Throws `storage_fence_lost` if a
 * later turn was seen, and `storage_fence_refused` for a fence that no edge can have reached: it would lock the
 * conversation for good.
 */
export function raiseFence(db: DatabaseSync, conversation: ConversationKey, fence: Fence): Fence {
  return inTransaction(db, () => {
    checkFence(db, conversation, fence);
    const before = storedFence(db, conversation);
    const reachable = before + RUNTIME_BOUNDS.fenceJumpMax;
    if (fence > reachable) {
      throw new StorageError("storage_fence_refused", `fence ${String(fence)} is above ${String(reachable)}`);
    }
    db.prepare(
      `INSERT INTO fences (conversation, fence) VALUES (?, ?)
       ON CONFLICT (conversation) DO UPDATE SET fence = excluded.fence`,
    ).run(conversation, fence);
    return before;
  });
}

/** Throws `storage_fence_lost` if a later turn was seen. Call it inside the transaction that it is to guard. */
export function checkFence(db: FenceTable, conversation: ConversationKey, fence: Fence): void {
  const stored = storedFence(db, conversation);
  if (stored > fence) throw new FenceLostError(fence, stored);
}

/**
 * Raises the fence of a conversation as `raiseFence` does, and that of every other conversation of the same database
 * by one: no turn that has begun can commit anything any more.
 */
export function outrunAll(db: DatabaseSync, conversation: ConversationKey, fence: Fence): void {
  raiseFence(db, conversation, fence);
  db.prepare("UPDATE fences SET fence = fence + 1 WHERE conversation <> ?").run(conversation);
}

/** Forgets the fence of a conversation that is over for good. */
export function dropFence(db: FenceTable, conversation: ConversationKey): void {
  db.prepare("DELETE FROM fences WHERE conversation = ?").run(conversation);
}

/** A number that differs once any turn of the database has begun since; fences only rise. */
export function fenceMark(db: FenceTable): number {
  const mark = db.prepare("SELECT total(fence) AS mark FROM fences").get()?.["mark"];
  return typeof mark === "number" ? mark : 0;
}
