/** What a commit of pi's changes in the table: one change for each item, the last of several counting. Pure. */
import type { prepareStorageCommit } from "@earendil-works/pi-agent-core";
import { TABLE_BOUNDS } from "./bounds.ts";
import { type Key, type NewItem, numeral, text } from "./item.ts";
import { ITEM_VERSION, type TranscriptKeys } from "./keys.ts";

export type CommittedWrite = ReturnType<typeof prepareStorageCommit>["writes"][number];
type Committed<Kind extends CommittedWrite["kind"]> = Extract<CommittedWrite, { kind: Kind }>;

export type Change =
  /** `body` may be too large for an item. `isNew`: no item may be there. */
  | {
      readonly kind: "put";
      readonly key: Key;
      readonly item: NewItem;
      readonly body: string | null;
      readonly isNew: boolean;
    }
  | { readonly kind: "delete"; readonly key: Key };

type Address = { readonly namespace: string; readonly key: string };

/** What a commit adds to a list: number and value of each element. */
type Appended = { readonly address: Address; readonly elements: (readonly [number, unknown])[] };

/** The lists whose elements the commit removes. */
export function deletedLists(writes: readonly CommittedWrite[]): readonly Address[] {
  return writes.filter((write) => write.kind === "list" && write.op === "delete");
}

/**
 * Checks the ids that the commit brings, as far as it can be done without looking, and returns the parents that must be
 * stored already. Throws for an id twice.
 */
export function parentsBefore(writes: readonly CommittedWrite[]): readonly string[] {
  const [ids, entries, parents] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const write of writes) {
    if (write.kind !== "entry" && write.kind !== "usage") continue;
    if (ids.has(write.id)) throw new Error(`Duplicate entry or usage id: ${write.id}`);
    if (write.kind === "entry") {
      if (write.parentId !== null && !entries.has(write.parentId)) parents.add(write.parentId);
      entries.add(write.id);
    }
    ids.add(write.id);
  }
  for (const parent of parents) if (ids.has(parent)) throw new Error(`Missing parent entry: ${parent}`);
  return [...parents];
}

/** `stored` are the items of the lists that the commit removes. */
export function changesOf(
  keys: TranscriptKeys,
  writes: readonly CommittedWrite[],
  stored: (list: Address) => readonly Key[],
): readonly Change[] {
  const changes = new Map<string, Change>();
  const appended = new Map<string, Appended>();
  const add = (change: Change) => changes.set(change.key.sort, change);
  for (const write of writes) {
    switch (write.kind) {
      case "entry":
        add(entryChange(keys, write));
        add(idChange(keys, write.id, "entry", write.seq));
        break;
      case "usage":
        add(usageChange(keys, write));
        add(idChange(keys, write.id, "usage", write.seq));
        break;
      case "value":
        add(valueChange(keys, write));
        break;
      case "list":
        if (write.op === "append") append(appended, keys.list(write).sort, write);
        else {
          appended.delete(keys.list(write).sort);
          stored(write).forEach((key) => add({ kind: "delete", key }));
        }
    }
  }
  for (const list of appended.values()) listItems(keys, list).forEach(add);
  return [...changes.values()];
}

function append(lists: Map<string, Appended>, name: string, write: Extract<Committed<"list">, { op: "append" }>): void {
  const list = lists.get(name) ?? { address: write, elements: [] };
  list.elements.push([write.seq, write.value]);
  lists.set(name, list);
}

function entryChange(keys: TranscriptKeys, write: Committed<"entry">): Change {
  const { kind: _kind, id, parentId, seq, timestamp, type, customType, ...rest } = write;
  const item = {
    id: text(id),
    entry_type: text(type),
    stored_at: numeral(timestamp),
    ...(parentId !== null && { parent: text(parentId) }),
    ...(customType !== undefined && { custom_type: text(customType) }),
  };
  return put(keys.entry(seq), item, rest);
}

function idChange(keys: TranscriptKeys, id: string, kind: "entry" | "usage", seq: number): Change {
  const item = { v: numeral(ITEM_VERSION), id_of: text(kind), seq: numeral(seq) };
  return { kind: "put", key: keys.id(id), item, body: null, isNew: true };
}

function usageChange(keys: TranscriptKeys, { kind: _kind, seq, ...row }: Committed<"usage">): Change {
  return put(keys.usageRow(seq), {}, row);
}

function valueChange(keys: TranscriptKeys, write: Committed<"value">): Change {
  const key = keys.value(write);
  if (write.op === "delete") return { kind: "delete", key };
  return put(key, { seq: numeral(write.seq) }, write.value);
}

/** Elements share items, each named by its last element. */
function listItems(keys: TranscriptKeys, { address, elements }: Appended): readonly Change[] {
  const items: Change[] = [];
  let [parts, size]: [string[], number] = [[], 0];
  for (const [at, element] of elements.entries()) {
    const json = JSON.stringify(element);
    parts.push(json);
    size += json.length;
    if (size < TABLE_BOUNDS.listItemMaxBytes && at < elements.length - 1) continue;
    const key = keys.listItem(address, element[0]);
    const item = { v: numeral(ITEM_VERSION) };
    items.push({ kind: "put", key, item, body: `[${parts.join(",")}]`, isNew: false });
    [parts, size] = [[], 0];
  }
  return items;
}

function put(key: Key, item: NewItem, body: unknown): Change {
  const withVersion = { v: numeral(ITEM_VERSION), ...item };
  return { kind: "put", key, item: withVersion, body: JSON.stringify(body) ?? "null", isNew: false };
}
