/**
 * Carries out a commit that is too large for one transaction. That it counts was decided by one, which left in the
 * transcript's head what is to be done; whoever opens the transcript before it is done does the rest.
 */
import * as v from "valibot";
import { StorageError } from "../../../../protocol/errors.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import type { Key } from "./item.ts";
import type { LargeTexts } from "./large-texts.ts";
import { newName } from "./new-name.ts";
import type { Table, WriteOp } from "./table.ts";
import { finishPlan, type Plan, planCheck } from "./transcript-head.ts";

const key = v.object({ partition: v.string(), sort: v.string() });
const attribute = v.union([v.object({ S: v.string() }), v.object({ N: v.string() })]);
const plannedOps = v.array(
  v.variant("kind", [
    v.object({ kind: v.literal("put"), key, item: v.record(v.string(), attribute) }),
    v.object({ kind: v.literal("delete"), key }),
  ]),
);

export class PlanRunner {
  readonly #table: Table;
  readonly #head: Key;
  readonly #texts: LargeTexts;

  constructor(table: Table, head: Key, texts: LargeTexts) {
    this.#table = table;
    this.#head = head;
    this.#texts = texts;
  }

  /** Does what a process that is gone has left. Can be repeated, also by several at once. */
  async finish(plan: Plan): Promise<void> {
    const ops = v.safeParse(v.pipe(v.string(), v.parseJson(), plannedOps), await this.#texts.load(plan.blobs));
    if (!ops.success) throw new StorageError("storage_damaged", "a commit that was begun cannot be read");
    await this.carryOut(plan, ops.output);
  }

  /**
   * Makes the changes in several transactions. Each goes through only while the plan is still to be carried out, so that
   * whoever comes late changes nothing of what was written since.
   */
  async carryOut(plan: Plan, ops: readonly WriteOp[]): Promise<void> {
    for (const part of partsOf(ops)) {
      const outcome = await this.#table.transact([planCheck(this.#head, plan), ...part], newName());
      // Somebody else has done it to the end.
      if (outcome.kind === "refused") return;
    }
    await this.#table.transact([finishPlan(this.#head, plan)], newName());
  }
}

function partsOf(ops: readonly WriteOp[]): readonly (readonly WriteOp[])[] {
  const parts: WriteOp[][] = [];
  let [part, size]: [WriteOp[], number] = [[], 0];
  for (const op of ops) {
    const bytes = Buffer.byteLength(JSON.stringify(op));
    const isFull =
      part.length >= TABLE_BOUNDS.transactionItemsMax - 1 || size + bytes > TABLE_BOUNDS.transactionBytesMax;
    if (isFull && part.length > 0) {
      parts.push(part);
      [part, size] = [[], 0];
    }
    part.push(op);
    size += bytes;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
