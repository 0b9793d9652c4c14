/** Removes all that the table has of a space, but for its fences: without those an old turn could commit again. */
import { StorageError } from "../../../../protocol/errors.ts";
import type { Fence } from "../../../../protocol/ids.ts";
import type { Forgetting } from "../space-store.ts";
import { FenceLostError } from "../fence-lost.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { areMarksHeld, type FenceMarks, type FencePlace, markCheck, outrunAll, storedFence } from "./fences.ts";
import { FENCE_PREFIX, TRANSCRIPT_PREFIX } from "./keys.ts";
import type { LargeTexts } from "./large-texts.ts";
import { countHeadFiles } from "./manifests.ts";
import { newName } from "./new-name.ts";
import { keyOf, type Table, type WriteOp } from "./table.ts";

export type ForgettingPlace = FencePlace & { readonly table: Table; readonly texts: LargeTexts };

/** Begins to forget, as `SpaceStore.outrunAll` has it. */
export async function beginForgetting(place: ForgettingPlace, fence: Fence): Promise<Forgetting> {
  const { table, partition, texts } = place;
  const marks = await outrunAll(table, place, fence);
  const guard = async () => {
    const stored = await storedFence(table, place);
    if (stored > fence) throw new FenceLostError(fence, stored);
    if (!(await areMarksHeld(table, partition, marks))) throw turnHasBegun();
  };
  const remove = (prefix: string) => removeAll(place, prefix, { checks: checksOf(partition, marks), guard });
  return {
    guard,
    empty: async () => {
      await guard();
      const files = await countHeadFiles(table, partition, texts);
      // First what lets a commit that was begun be carried out to the end.
      const transcripts = await remove(TRANSCRIPT_PREFIX);
      await remove("");
      return { transcripts, files };
    },
  };
}

/**
 * What each removal checks in its own transaction, so that one that arrives late takes nothing from a turn that has begun
 * since: the fences of the space, that of the order first. Only the guard before each removal knows of a conversation that
 * is new, or beyond the bound; of theirs, the files are all that a late removal can take.
 */
function checksOf(partition: string, marks: FenceMarks): readonly WriteOp[] {
  const checked = [...marks].slice(0, TABLE_BOUNDS.forgettingChecksMax);
  return checked.map(([sort, fence]) => markCheck({ partition, sort }, fence));
}

type Removal = { readonly checks: readonly WriteOp[]; readonly guard: () => Promise<void> };

async function removeAll(
  { table, partition }: ForgettingPlace,
  prefix: string,
  { checks, guard }: Removal,
): Promise<number> {
  const deletesMax = TABLE_BOUNDS.transactionItemsMax - checks.length;
  let removed = 0;
  for await (const page of table.query({ partition, sorts: { prefix }, only: ["pk", "sk"] })) {
    const keys = page.map(keyOf).filter(({ sort }) => !sort.startsWith(FENCE_PREFIX));
    for (let at = 0; at < keys.length; at += deletesMax) {
      const deletes = keys.slice(at, at + deletesMax).map((key): WriteOp => ({ kind: "delete", key }));
      await guard();
      const outcome = await table.transact([...checks, ...deletes], newName());
      if (outcome.kind === "refused") {
        await guard();
        throw turnHasBegun();
      }
      removed += deletes.length;
    }
  }
  return removed;
}

function turnHasBegun(): StorageError {
  return new StorageError("storage_unavailable", "a turn has begun in the space");
}
