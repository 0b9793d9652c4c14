/** Transactions that go through only under the writer's fence, each of which ends with a clear answer. */
import { StorageError } from "../../../../protocol/errors.ts";
import type { Fence } from "../../../../protocol/ids.ts";
import { FenceLostError } from "../fence-lost.ts";
import type { Writer } from "../space-store.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { fenceCheck, fenceOf, storedFence } from "./fences.ts";
import { newName } from "./new-name.ts";
import type { Table, WriteOp } from "./table.ts";
import type { Reason } from "./table-request.ts";

export type FencedWrite = {
  readonly partition: string;
  readonly writer: Writer;
  readonly ops: readonly WriteOp[];
  /** Whether it is stored already: asked when an earlier try had no answer, and the write is refused now. */
  isStored(): Promise<boolean>;
};

/** `reasons` are in the order of `ops`. */
export type FencedOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly reasons: readonly Reason[] };

/** All of it or nothing. Throws `FenceLostError` once a later fence than the writer's was raised. */
export async function writeFenced(table: Table, write: FencedWrite): Promise<FencedOutcome> {
  const { partition, writer, ops } = write;
  for (let attempt = 1; attempt <= TABLE_BOUNDS.commitTriesMax; attempt += 1) {
    const check = fenceCheck({ partition, conversation: writer.conversation }, writer.fence());
    const outcome = await table.transact([check, ...ops], newName());
    if (outcome.kind === "done" || (outcome.isDoubtful && (await write.isStored()))) return { kind: "done" };
    const [fence, ...reasons] = outcome.reasons;
    if (fence?.isCondition !== true) return { kind: "refused", reasons };
    await assertHeld(writer, fenceOf(fence.item));
  }
  throw new StorageError("storage_unavailable", "the fence of the conversation keeps rising");
}

/** Throws `FenceLostError` if a later fence than the writer's is stored. */
export async function assertFence(table: Table, partition: string, writer: Writer): Promise<void> {
  await assertHeld(writer, await storedFence(table, { partition, conversation: writer.conversation }));
}

/**
 * A live turn that is given a later fence hears of it a moment after the table does, however long the answer takes: what
 * it commits meanwhile is not lost, only early.
 */
async function assertHeld(writer: Writer, stored: Fence): Promise<void> {
  if (writer.fence() < stored) await writer.settled?.();
  if (writer.fence() < stored) throw new FenceLostError(writer.fence(), stored);
}
