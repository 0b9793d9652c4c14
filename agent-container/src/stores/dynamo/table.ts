/**
 * The table as the store uses it: strongly consistent reads, conditional writes and transactions. What fails for a
 * moment is tried again, with a pause that is drawn, and a write keeps its name (`ClientRequestToken`) while it is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../../../../protocol/errors.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { type Units, unitsOf } from "./capacity.ts";
import { conditionOf, type Expression, type Range, rangeInput } from "./expressions.ts";
import { isItem, type Item, type Key, keyAttributes, type NewItem, optionalText } from "./item.ts";
import { type Operation, type Reason, sendOnce, type TableGrant } from "./table-request.ts";

export type TableOptions = {
  /** Told of the capacity units that each request took, as the service counts them. */
  readonly onConsumed?: (units: Units) => void;
  /** Waits; a test need not. */
  readonly pause?: (ms: number) => Promise<unknown>;
};

/** One part of a transaction. */
export type WriteOp =
  | { readonly kind: "put"; readonly key: Key; readonly item: NewItem; readonly condition?: Expression }
  | { readonly kind: "delete"; readonly key: Key }
  | { readonly kind: "check"; readonly key: Key; readonly condition: Expression }
  | { readonly kind: "update"; readonly key: Key; readonly update: Expression; readonly condition?: Expression };

export type WriteOutcome =
  | { readonly kind: "done" }
  /**
   * Nothing is written by this try. `isDoubtful`: an earlier try had no answer, so the condition may fail because of
   * that one. Reasons are in the order of the parts.
   */
  | { readonly kind: "refused"; readonly reasons: readonly Reason[]; readonly isDoubtful: boolean };

export type UpdateOutcome = WriteOutcome | { readonly kind: "done"; readonly item: Item };

type Sent = { readonly output: Item } | { readonly reasons: readonly Reason[]; readonly isDoubtful: boolean };

export class Table {
  readonly #grantNow: () => TableGrant;
  readonly #options: TableOptions;
  readonly #signingKeys = new Map<string, ArrayBuffer>();

  /** `grantNow` is asked at each try: a turn that is resumed brings newer credentials. */
  constructor(grantNow: () => TableGrant, options: TableOptions = {}) {
    this.#grantNow = grantNow;
    this.#options = options;
  }

  async get(key: Key): Promise<Item | undefined> {
    const output = await this.#read("GetItem", {
      TableName: this.#table,
      Key: keyAttributes(key),
      ConsistentRead: true,
    });
    return isItem(output["Item"]) ? output["Item"] : undefined;
  }

  /** Those of the items that are there, in no order. Keys must differ. */
  async getMany(keys: readonly Key[]): Promise<readonly Item[]> {
    const table = this.#table;
    const found: Item[] = [];
    let pending: readonly unknown[] = keys.map(keyAttributes);
    for (let stalled = 0; pending.length > 0;) {
      const asked = pending.slice(0, TABLE_BOUNDS.batchGetMax);
      const request = { [table]: { Keys: asked, ConsistentRead: true } };
      const output = await this.#read("BatchGetItem", { RequestItems: request });
      found.push(...listIn(output["Responses"], table));
      const left = isItem(output["UnprocessedKeys"]) ? output["UnprocessedKeys"][table] : undefined;
      const unread = listIn(left, "Keys");
      stalled = unread.length === asked.length ? stalled + 1 : 0;
      if (stalled > 0) await this.#pauseStalled("BatchGetItem", stalled);
      pending = [...unread, ...pending.slice(asked.length)];
    }
    return found;
  }

  /** The items of a range, page by page as DynamoDB cuts them. */
  async *query(range: Range): AsyncGenerator<readonly Item[]> {
    const input = rangeInput(range);
    let last: unknown;
    let limit = range.pageMax;
    do {
      const output: Item = await this.#read("Query", {
        TableName: this.#table,
        ...input,
        ...(limit !== undefined && { Limit: limit }),
        ...(last !== undefined && { ExclusiveStartKey: last }),
      });
      yield listIn(output, "Items");
      last = output["LastEvaluatedKey"];
      if (limit !== undefined) limit *= 4;
    } while (last !== undefined);
  }

  /** All items of a range. */
  async queryAll(range: Range): Promise<readonly Item[]> {
    const found: Item[] = [];
    for await (const page of this.query(range)) found.push(...page);
    return found;
  }

  /** Changes one item and returns the attributes that were changed. */
  async update(key: Key, update: Expression, condition: Expression): Promise<UpdateOutcome> {
    const sent = await this.#send("UpdateItem", {
      TableName: this.#table,
      Key: keyAttributes(key),
      UpdateExpression: update.expression,
      ReturnValues: "UPDATED_NEW",
      ...conditionOf(condition, update),
    });
    if ("reasons" in sent) return { kind: "refused", ...sent };
    return { kind: "done", item: isItem(sent.output["Attributes"]) ? sent.output["Attributes"] : {} };
  }

  /** All of it or nothing. `name` is the write's own: whoever sends it again under the same one writes it once. */
  async transact(ops: readonly WriteOp[], name: string): Promise<WriteOutcome> {
    const sent = await this.#send("TransactWriteItems", {
      TransactItems: ops.map((op) => this.#part(op)),
      ClientRequestToken: name,
    });
    return "reasons" in sent ? { kind: "refused", ...sent } : { kind: "done" };
  }

  get #table(): string {
    return this.#grantNow().table;
  }

  #part(op: WriteOp): Readonly<Record<string, unknown>> {
    const TableName = this.#table;
    switch (op.kind) {
      case "put":
        return {
          Put: { TableName, Item: { ...keyAttributes(op.key), ...op.item }, ...conditionOf(op.condition) },
        };
      case "delete":
        return { Delete: { TableName, Key: keyAttributes(op.key) } };
      case "check":
        return { ConditionCheck: { TableName, Key: keyAttributes(op.key), ...conditionOf(op.condition) } };
      case "update":
        return {
          Update: {
            TableName,
            Key: keyAttributes(op.key),
            UpdateExpression: op.update.expression,
            ...conditionOf(op.condition, op.update),
          },
        };
    }
  }

  /** For what has no condition. */
  async #read(operation: Operation, input: Readonly<Record<string, unknown>>): Promise<Item> {
    const sent = await this.#send(operation, input);
    if ("output" in sent) return sent.output;
    throw new StorageError("storage_unavailable", `the table refused a ${operation} that has no condition`);
  }

  async #send(operation: Operation, input: Readonly<Record<string, unknown>>): Promise<Sent> {
    const request = { ...input, ReturnConsumedCapacity: "TOTAL" };
    let isDoubtful = false;
    for (let attempt = 1; ; attempt += 1) {
      const reply = await sendOnce(this.#grantNow(), operation, request, this.#signingKeys);
      switch (reply.kind) {
        case "done":
          this.#options.onConsumed?.(unitsOf(operation, request, reply.output));
          return { output: reply.output };
        case "refused":
          return { reasons: reply.reasons, isDoubtful };
        case "failed":
          throw unavailable(operation, reply.code);
        case "again":
          isDoubtful ||= !reply.isKnown;
          if (attempt >= TABLE_BOUNDS.attemptsMax) throw unavailable(operation, reply.code);
          await this.#pause(attempt);
      }
    }
  }

  /** Drawn, so that those who are in each other's way do not meet again. */
  async #pause(round: number): Promise<void> {
    const ceilingMs = Math.min(TABLE_BOUNDS.pauseFirstMs * 2 ** (round - 1), TABLE_BOUNDS.pauseMaxMs);
    await (this.#options.pause ?? sleep)(Math.random() * ceilingMs);
  }

  /** For an answer that did nothing of what was asked. */
  async #pauseStalled(operation: Operation, times: number): Promise<void> {
    if (times >= TABLE_BOUNDS.attemptsMax) throw unavailable(operation, "nothing was processed");
    await this.#pause(times);
  }
}

/** The key of an item that was read. */
export function keyOf(item: Item): Key {
  return { partition: optionalText(item, "pk") ?? "", sort: optionalText(item, "sk") ?? "" };
}

function listIn(value: unknown, name: string): readonly Item[] {
  const listed = isItem(value) ? value[name] : undefined;
  return Array.isArray(listed) ? listed.filter(isItem) : [];
}

function unavailable(operation: Operation, code: string): StorageError {
  return new StorageError("storage_unavailable", `the table did not carry out ${operation} (${code})`);
}
