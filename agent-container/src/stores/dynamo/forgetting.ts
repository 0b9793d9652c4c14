/** Removes all that the table has of a space, but for its fences: without those an old turn could commit again. */
import { StorageError } from "../../../../protocol/errors.ts";
import type { Fence } from "../../../../protocol/ids.ts";
import type { Forgetting } from "../space-store.ts";
import { FenceLostError } from "../fence-lost.ts";
import { type FencePlace, fenceTotal, outrunAll, storedFence } from "./fences.ts";
import { FENCE_PREFIX, TRANSCRIPT_PREFIX } from "./keys.ts";
import type { LargeTexts } from "./large-texts.ts";
import { countHeadFiles } from "./manifests.ts";
import { keyOf, type Table } from "./table.ts";

export type ForgettingPlace = FencePlace & { readonly table: Table; readonly texts: LargeTexts };

/** Begins to forget, as `SpaceStore.outrunAll` has it. */
export async function beginForgetting(place: ForgettingPlace, fence: Fence): Promise<Forgetting> {
  const { table, partition, texts } = place;
  const mark = await outrunAll(table, place, fence);
  const guard = async () => {
    const stored = await storedFence(table, place);
    if (stored > fence) throw new FenceLostError(fence, stored);
    if ((await fenceTotal(table, partition)) !== mark) {
      throw new StorageError("storage_unavailable", "a turn has begun in the space");
    }
  };
  return {
    guard,
    empty: async () => {
      await guard();
      const files = await countHeadFiles(table, partition, texts);
      // First what lets a commit that was begun be carried out to the end.
      const transcripts = await removeAll(place, TRANSCRIPT_PREFIX, guard);
      await removeAll(place, "", guard);
      return { transcripts, files };
    },
  };
}

async function removeAll(
  { table, partition }: ForgettingPlace,
  prefix: string,
  guard: () => Promise<void>,
): Promise<number> {
  let removed = 0;
  for await (const page of table.query({ partition, sorts: { prefix }, only: ["pk", "sk"] })) {
    const keys = page.map(keyOf).filter(({ sort }) => !sort.startsWith(FENCE_PREFIX));
    await guard();
    await table.deleteAll(keys);
    removed += keys.length;
  }
  return removed;
}
