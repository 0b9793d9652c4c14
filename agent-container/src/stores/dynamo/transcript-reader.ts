/** What can be read of a transcript: always what is stored now, in as few requests as the question allows. */
import {
  type Entry,
  type EntryScan,
  type EntryStructure,
  type ListElement,
  type ListReadOptions,
  resolveListReadOptions,
  type StorageBranchScan,
  type StoredValue,
  type UsageRow,
  type UsageScan,
  type Value,
  type ValueList,
} from "@earendil-works/pi-agent-core";
import { BranchWalk, type Structure } from "./branch.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { damagedTranscript } from "./damaged-transcript.ts";
import { type Item, type Key, optionalText, readNumber, readText } from "./item.ts";
import type { TranscriptKeys } from "./keys.ts";
import type { LargeTexts } from "./large-texts.ts";
import type { Range } from "./expressions.ts";
import { keyOf, type Table } from "./table.ts";
import { assertVersion } from "./transcript-head.ts";

/** What an entry's item says besides its content. */
const STRUCTURE = ["v", "sk", "id", "parent", "entry_type", "custom_type", "stored_at"] as const;

/** Above every other in the order of DynamoDB, which is that of UTF-8. */
const LAST_CHARACTER = "\u{10ffff}";

type SeqScan = {
  readonly fromSeq: number | undefined;
  readonly toSeq: number | undefined;
  readonly order: "asc" | "desc";
  readonly limit: number | undefined;
};

type StoredEntry = EntryStructure & { readonly item: Item };

export class TranscriptReader {
  readonly #table: Table;
  readonly #keys: TranscriptKeys;
  readonly #texts: LargeTexts;
  /** Where entries are that were read or written here. None is ever changed or moved. */
  readonly #known = new Map<string, number>();
  /** Beginnings of the keys of values that are asked for, and the answer that all of them will get. */
  readonly #asked: string[] = [];
  #answer: Promise<readonly Item[]> | undefined;

  constructor(table: Table, keys: TranscriptKeys, texts: LargeTexts) {
    this.#table = table;
    this.#keys = keys;
    this.#texts = texts;
  }

  /** Whether the entry is stored, as far as it is known without looking. */
  knows(id: string): boolean {
    return this.#known.has(id);
  }

  /** Remembers an entry that is stored. */
  learn(id: string, seq: number): void {
    this.#known.set(id, seq);
  }

  async getEntries(ids: readonly string[]): Promise<Map<string, Entry>> {
    await this.#locate(ids);
    const keys = [...new Set(ids)].flatMap((id) => {
      const seq = this.#known.get(id);
      return seq === undefined ? [] : [this.#keys.entry(seq)];
    });
    const entries = await this.#entriesOf((await this.#table.getMany(keys)).map(structureOf));
    const found = new Map(entries.map((entry) => [entry.id, entry]));
    return new Map(
      ids.flatMap((id) => {
        const entry = found.get(id);
        return entry === undefined ? [] : [[id, entry] as const];
      }),
    );
  }

  async getValue<T>(address: Value<T>): Promise<StoredValue<T> | undefined> {
    const item = await this.#table.get(this.#keys.value(address));
    if (item === undefined) return undefined;
    assertVersion(item);
    return { address, value: parseBody(await this.#texts.open(item)), seq: readNumber(item, "seq") };
  }

  async scanValues<T>(prefix: Value<T>): Promise<StoredValue<T>[]> {
    const { sort } = this.#keys.value(prefix);
    const items = (await this.#valuesFrom(sort)).filter((item) => keyOf(item).sort.startsWith(sort));
    const bodies = await this.#texts.openAll(items);
    const start = this.#keys.value({ namespace: prefix.namespace, key: "" }).sort.length;
    return items.map((item, at) => {
      assertVersion(item);
      const address: Value<T> = { kind: "value", namespace: prefix.namespace, key: keyOf(item).sort.slice(start) };
      return { address, value: parseBody(bodies[at]), seq: readNumber(item, "seq") };
    });
  }

  /** Prefixes that are asked for at once, as when a transcript is opened, are one query from the first to the last. */
  #valuesFrom(sort: string): Promise<readonly Item[]> {
    this.#asked.push(sort);
    this.#answer ??= Promise.resolve().then(() => {
      const sorts = this.#asked
        .splice(0)
        .toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      this.#answer = undefined;
      const [first = "", last = ""] = [sorts.at(0), sorts.at(-1)];
      const { partition } = this.#keys.head;
      const isOne = first === last;
      return this.#table.queryAll({
        partition,
        sorts: isOne ? { prefix: first } : { from: first, to: `${last}${LAST_CHARACTER}` },
      });
    });
    return this.#answer;
  }

  async readList<T>(address: ValueList<T>, options: ListReadOptions | undefined): Promise<ListElement<T>[]> {
    const { cursor, order, limit } = resolveListReadOptions(options);
    const { partition, sort } = this.#keys.list(address);
    const items = await this.#table.queryAll({ partition, sorts: { prefix: sort } });
    const elements = (await this.#texts.openAll(items)).flatMap((body) => {
      const stored: readonly (readonly [number, T])[] = parseBody(body);
      return stored.map(([seq, value]) => ({ seq, value }));
    });
    const ordered = order === "asc" ? elements : elements.toReversed();
    const wanted = ordered.filter(({ seq }) => {
      if (cursor === undefined) return true;
      return order === "asc" ? seq > cursor.seq : seq < cursor.seq;
    });
    return wanted.slice(0, limit);
  }

  /** The keys of a list's items. */
  async listKeys(address: { readonly namespace: string; readonly key: string }): Promise<readonly Key[]> {
    const { partition, sort } = this.#keys.list(address);
    return (await this.#table.queryAll({ partition, sorts: { prefix: sort }, only: ["pk", "sk"] })).map(keyOf);
  }

  async scanBranch(query: StorageBranchScan): Promise<Entry[]> {
    return [...(await this.#entriesOf(await this.#walk(query)))];
  }

  async scanBranchStructure(query: StorageBranchScan): Promise<EntryStructure[]> {
    const found = await this.#walk(query, STRUCTURE);
    return found.map(({ item: _item, ...structure }) => structure);
  }

  async scanEntries({ type, customType, fromSeq, toSeq, order = "asc", limit }: EntryScan): Promise<Entry[]> {
    const max = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Math.trunc(limit));
    const found: StoredEntry[] = [];
    if (max === 0) return [];
    for await (const page of this.#table.query(
      this.#range((seq) => this.#keys.entry(seq), { fromSeq, toSeq, order, limit }),
    )) {
      for (const entry of page.map(structureOf)) {
        if (type !== undefined && entry.type !== type) continue;
        if (customType === undefined || entry.customType === customType) found.push(entry);
      }
      if (found.length >= max) break;
    }
    return [...(await this.#entriesOf(found.slice(0, max)))];
  }

  async scanUsage({ fromSeq, toSeq, order = "asc", limit }: UsageScan): Promise<UsageRow[]> {
    const max = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit);
    const found: Item[] = [];
    if (max === 0) return [];
    for await (const page of this.#table.query(
      this.#range((seq) => this.#keys.usageRow(seq), { fromSeq, toSeq, order, limit }),
    )) {
      found.push(...page);
      if (found.length >= max) break;
    }
    const bodies = await this.#texts.openAll(found.slice(0, max));
    return bodies.map((body, at) => {
      const row: Omit<UsageRow, "seq"> = parseBody(body);
      return { ...row, seq: seqOf(found[at] ?? {}) };
    });
  }

  #range(keyAt: (seq: number) => Key, scan: SeqScan): Range {
    const from = keyAt(Math.max(0, scan.fromSeq ?? 0));
    const to = keyAt(Math.max(0, scan.toSeq ?? Number.MAX_SAFE_INTEGER));
    const { partition, sort } = from;
    return { partition, sorts: { from: sort, to: to.sort }, order: scan.order, ...pageFor(scan.limit) };
  }

  async #walk(query: StorageBranchScan, only?: readonly string[]): Promise<readonly StoredEntry[]> {
    const walk = new BranchWalk<StoredEntry>(query);
    const { partition, sort: from } = this.#keys.entry(0);
    const follow = async (startSeq: number, goesOn: () => boolean) => {
      const range: Range = {
        partition,
        sorts: { from, to: this.#keys.entry(startSeq).sort },
        order: "desc",
        ...(only !== undefined && { only }),
        ...(query.order !== "oldestFirst" && pageFor(query.limit)),
      };
      for await (const page of this.#table.query(range)) {
        for (const entry of page.map(structureOf)) walk.see(entry);
        if (walk.isOver || !goesOn()) return;
      }
    };
    // A branch is mostly read from the newest entry on, so that is looked at before it is asked where the start is.
    if (!this.#known.has(query.start)) await follow(Number.MAX_SAFE_INTEGER, () => walk.hasBegun);
    if (!walk.hasBegun) {
      await this.#locate([query.start]);
      const startSeq = this.#known.get(query.start);
      if (startSeq === undefined) throw new Error(`Unknown branch start: ${query.start}`);
      if (!walk.isOver) await follow(startSeq, () => true);
    }
    if (!walk.isOver) throw damagedTranscript();
    return walk.wanted();
  }

  /** Finds out where entries are. */
  async #locate(ids: readonly string[]): Promise<void> {
    const unknown = new Set(ids.filter((id) => !this.#known.has(id)));
    if (unknown.size === 0) return;
    const prefix = this.#keys.id("").sort.length;
    for (const item of await this.#table.getMany([...unknown].map((id) => this.#keys.id(id)))) {
      assertVersion(item);
      if (optionalText(item, "id_of") === "entry") this.learn(keyOf(item).sort.slice(prefix), readNumber(item, "seq"));
    }
  }

  async #entriesOf(stored: readonly StoredEntry[]): Promise<readonly Entry[]> {
    const bodies = await this.#texts.openAll(stored.map(({ item }) => item));
    return stored.map(({ item: _item, ...structure }, at) => {
      this.learn(structure.id, structure.seq);
      const entry: Entry = { ...parseBody(bodies[at]), ...structure };
      return entry;
    });
  }
}

function pageFor(limit: number | undefined): { readonly pageMax?: number } {
  return limit === undefined ? {} : { pageMax: Math.max(TABLE_BOUNDS.pageEntriesMin, Math.trunc(limit)) };
}

function structureOf(item: Item): StoredEntry & Structure {
  assertVersion(item);
  const customType = optionalText(item, "custom_type");
  return {
    id: readText(item, "id"),
    parentId: optionalText(item, "parent") ?? null,
    seq: seqOf(item),
    timestamp: readNumber(item, "stored_at"),
    type: entryType(readText(item, "entry_type")),
    ...(customType !== undefined && { customType }),
    item,
  };
}

function entryType(name: string): EntryStructure["type"] {
  switch (name) {
    case "message":
    case "compaction":
    case "branch_summary":
    case "custom":
      return name;
    default:
      throw damagedTranscript();
  }
}

/** The last part of the key. */
function seqOf(item: Item): number {
  const { sort } = keyOf(item);
  return Number(sort.slice(sort.lastIndexOf("/") + 1));
}

/** What pi has stored there. */
function parseBody(json: string | undefined) {
  try {
    return JSON.parse(json ?? "");
  } catch (error) {
    throw damagedTranscript(error);
  }
}
