/**
 * The fences of a space's conversations in the table: an item each, which only ever rises, and which every commit
 * checks in its own transaction.
 */
import { RUNTIME_BOUNDS } from "../../../../protocol/bounds.ts";
import { StorageError } from "../../../../protocol/errors.ts";
import type { Fence } from "../../../../protocol/ids.ts";
import type { ConversationKey } from "../../../../protocol/session-key.ts";
import { FenceLostError } from "../fence-lost.ts";
import { newerSchema } from "../newer-schema.ts";
import { type Item, type Key, numeral, optionalNumber, optionalText, text } from "./item.ts";
import { FENCE_PREFIX, fenceKey, ITEM_VERSION } from "./keys.ts";
import { newName } from "./new-name.ts";
import { keyOf, type Table, type WriteOp } from "./table.ts";

/** Whose fence it is. */
export type FencePlace = { readonly partition: string; readonly conversation: ConversationKey };

/** The highest fence ever raised for the conversation; 0 before the first turn. */
export async function storedFence(table: Table, place: FencePlace): Promise<Fence> {
  return fenceOf(await table.get(fenceKey(place.partition, place.conversation)));
}

/** As `SpaceStore.raiseFence` has it. The item remembers the fence before, for a try that had no answer. */
export async function raiseFence(table: Table, place: FencePlace, fence: Fence): Promise<Fence> {
  const by = newName();
  const { fenceJumpMax } = RUNTIME_BOUNDS;
  const isAbove = "fence <= :fence AND fence >= :least AND v <= :v";
  const isOther = "(attribute_not_exists(raised_by) OR raised_by <> :by)";
  const outcome = await table.update(
    fenceKey(place.partition, place.conversation),
    {
      expression: "SET v = :v, passed = if_not_exists(fence, :zero), fence = :fence, raised_by = :by",
      values: { ":fence": numeral(fence), ":zero": numeral(0), ":v": numeral(ITEM_VERSION), ":by": text(by) },
    },
    {
      // A try that is repeated must not find its own fence and take it for the one before.
      expression: `${fence <= fenceJumpMax ? `(attribute_not_exists(fence) OR ${isAbove})` : isAbove} AND ${isOther}`,
      values: { ":least": numeral(fence - fenceJumpMax) },
    },
  );
  if (outcome.kind === "done") return "item" in outcome ? (optionalNumber(outcome.item, "passed") ?? 0) : 0;
  const found = outcome.reasons[0]?.item;
  if (found !== undefined && optionalText(found, "raised_by") === by) return optionalNumber(found, "passed") ?? 0;
  const stored = fenceOf(found);
  if (stored > fence) throw new FenceLostError(fence, stored);
  const message = `fence ${String(fence)} is above ${String(stored + fenceJumpMax)}`;
  throw new StorageError("storage_fence_refused", message);
}

/** The part of a transaction that lets it through only while no later fence was raised. */
export function fenceCheck({ partition, conversation }: FencePlace, fence: Fence): WriteOp {
  return markCheck(fenceKey(partition, conversation), fence);
}

/** As `fenceCheck`, of the fence with that key. */
export function markCheck(key: Key, fence: Fence): WriteOp {
  return {
    kind: "check",
    key,
    condition: {
      expression: "attribute_not_exists(fence) OR (fence <= :fence AND v <= :v)",
      values: { ":fence": numeral(fence), ":v": numeral(ITEM_VERSION) },
    },
  };
}

/** The fences of a space, each by the sort key of its item. */
export type FenceMarks = ReadonlyMap<string, Fence>;

/**
 * Raises the fence of a conversation, and every other one of the space by one. Returns what they are then if nobody else
 * raises one meanwhile: what begins while this runs is found by `areMarksHeld`.
 */
export async function outrunAll(table: Table, place: FencePlace, fence: Fence): Promise<FenceMarks> {
  await raiseFence(table, place, fence);
  const own = fenceKey(place.partition, place.conversation).sort;
  const marks = new Map([[own, fence]]);
  const outrun: Promise<void>[] = [];
  for (const item of await table.queryAll({ partition: place.partition, sorts: { prefix: FENCE_PREFIX } })) {
    const stored = fenceOf(item);
    const key = keyOf(item);
    if (key.sort === own) {
      if (stored > fence) throw new FenceLostError(fence, stored);
    } else {
      marks.set(key.sort, stored + 1);
      outrun.push(raiseByOne(table, key, stored));
    }
  }
  await Promise.all(outrun);
  return marks;
}

/** Whether no fence of the space was raised since, and none is new. */
export async function areMarksHeld(table: Table, partition: string, marks: FenceMarks): Promise<boolean> {
  const items = await table.queryAll({ partition, sorts: { prefix: FENCE_PREFIX } });
  return items.every((item) => fenceOf(item) <= (marks.get(keyOf(item).sort) ?? 0));
}

async function raiseByOne(table: Table, key: Key, stored: Fence): Promise<void> {
  const by = newName();
  const outcome = await table.update(
    key,
    {
      expression: "SET fence = :next, passed = :stored, raised_by = :by",
      values: { ":next": numeral(stored + 1), ":by": text(by) },
    },
    { expression: "fence = :stored", values: { ":stored": numeral(stored) } },
  );
  if (outcome.kind === "done") return;
  const found = outcome.reasons[0]?.item;
  if (found !== undefined && optionalText(found, "raised_by") === by) return;
  throw new StorageError("storage_unavailable", "a turn has begun in the space");
}

/** The fence of an item. Throws `storage_schema_newer`. */
export function fenceOf(item: Item | undefined): Fence {
  if (item === undefined) return 0;
  if ((optionalNumber(item, "v") ?? 0) > ITEM_VERSION) throw newerSchema("What I know");
  return optionalNumber(item, "fence") ?? 0;
}
