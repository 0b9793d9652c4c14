/**
 * A transcript that is read from memory and written in groups: pi commits each small step of a turn by itself, and what
 * it commits between two effects (a model call, a run of a tool) is made durable in one commit, right before the second.
 * A crash loses at most steps that had no effect yet, and their turn is gone on with from before them.
 */
import {
  BACKGROUND_CONTEXT,
  type CommitResult,
  type Context,
  type Entry,
  type SessionStats,
  type Storage,
  type StorageBranchScan,
  type StoredValue,
  type Value,
  value,
  type Write,
} from "@earendil-works/pi-agent-core";
import { StorageError } from "../../../protocol/errors.ts";
import { SessionMemory } from "./session-memory.ts";
import { addUsage } from "./usage-sum.ts";

/** Where pi keeps the pieces of an answer that is still being made. Ours are never stored: a lost answer is made again. */
const FRAMES_NAMESPACE = "pi.pending.assistant_frame";

/** Values that pi looks for by their prefix at every step, and which are gone at the end of a turn: known from the start. */
const PRELOADED = [
  "pi.branch.tip",
  "pi.lane.config",
  "pi.lane.state",
  "pi.op.meta",
  "pi.op.state",
  "pi.op.tool_args",
  "pi.op.tool_memo",
  "pi.op.preparation",
  "pi.pending.entry",
  "pi.pending.tool_output",
] as const;

/** What a process keeps of a transcript from one turn to the next. */
export type WarmSession = {
  readonly memory: SessionMemory;
  readonly stats: SessionStats;
  /** The number of the next write. */
  readonly nextSeq: number;
};

export class SessionCache implements Storage {
  readonly #storage: Storage;
  readonly #memory: SessionMemory;
  #stats: SessionStats;
  #nextSeq: number;
  /** What is committed here and not there, and the number that its first write must get. */
  #pending: Write[] = [];
  #pendingEntries: Entry[] = [];
  /** Of this turn; they share one set of ids with entries. */
  readonly #usageIds = new Set<string>();
  /** Commits to the store, one after the other. */
  #line: Promise<unknown> = Promise.resolve();
  #broken: { readonly cause: unknown } | undefined;
  /** A commit failed that may have been stored all the same: no later turn goes on with this. */
  #isDoubtful = false;
  #closed: Promise<void> | undefined;

  private constructor(storage: Storage, { memory, stats, nextSeq }: WarmSession) {
    this.#storage = storage;
    this.#memory = memory;
    this.#stats = stats;
    this.#nextSeq = nextSeq;
  }

  /**
   * Reads what every turn needs; `nextSeq` is as `OpenTranscript` has it, `warm` what this process knows already, if
   * nothing was written since. Throws `StorageError`.
   */
  static async open(storage: Storage, nextSeq: number, warm?: WarmSession): Promise<SessionCache> {
    if (warm?.nextSeq === nextSeq) return new SessionCache(storage, warm);
    const memory = new SessionMemory();
    const [stats] = await Promise.all([
      storage.getStats(BACKGROUND_CONTEXT),
      ...PRELOADED.map(async (namespace) => {
        const prefix = value<unknown>(namespace);
        memory.learnAll(prefix, await storage.scanValues(prefix, BACKGROUND_CONTEXT));
      }),
    ]);
    return new SessionCache(storage, { memory, stats, nextSeq });
  }

  /** The number that the next durable write must get. For `Writer.nextSeq`. */
  get durableSeq(): number {
    return this.#nextSeq - this.#pending.length;
  }

  /** What another turn of this process can go on with; null when something here is not stored. */
  get warm(): WarmSession | null {
    if (this.#broken !== undefined || this.#isDoubtful || this.#pending.length > 0) return null;
    return { memory: this.#memory, stats: this.#stats, nextSeq: this.#nextSeq };
  }

  /** Makes durable all that was committed. Throws `StorageError`; then nothing more can be committed. */
  flush(): Promise<void> {
    return this.#inLine(() => this.#flush());
  }

  async commit(writes: Write[], context: Context): Promise<CommitResult> {
    if (this.#closed !== undefined) return this.#refuse(writes, context);
    this.#assertWhole();
    const kept = writes.filter((write) => !isFrame(write));
    if (kept.length === 0 && writes.length > 0) {
      return { firstSeq: this.#nextSeq, seqs: [], timestamp: Date.now(), stats: this.#stats };
    }
    const result = this.#canWait(kept) ? this.#apply(kept, Date.now(), this.#nextSeq) : undefined;
    if (result !== undefined) {
      this.#pending.push(...kept);
      return withSeqs(result, writes);
    }
    return this.#inLine(async () => {
      await this.#flush();
      const stored = await this.#doubting(() => this.#storage.commit(kept, context));
      this.#apply(kept, stored.timestamp, stored.firstSeq);
      this.#pendingEntries = [];
      this.#stats = stored.stats;
      return withSeqs(stored, writes);
    });
  }

  async getEntries(ids: string[], context: Context): Promise<Map<string, Entry>> {
    if (this.#closed !== undefined) return this.#storage.getEntries(ids, context);
    const missing = ids.filter((id) => this.#memory.entry(id) === undefined);
    if (missing.length > 0) {
      for (const entry of (await this.#storage.getEntries(missing, context)).values()) this.#learn(entry);
    }
    const found = new Map<string, Entry>();
    for (const id of ids) {
      const entry = this.#memory.entry(id);
      if (entry !== undefined) found.set(id, entry);
    }
    return found;
  }

  async getValue<T>(address: Value<T>, context: Context): Promise<StoredValue<T> | undefined> {
    const known = this.#memory.value(address);
    if (known !== null && this.#closed === undefined) return known;
    this.#memory.learnValue(address, await this.#storage.getValue(address, context));
    return this.#memory.value(address) ?? undefined;
  }

  async scanValues<T>(prefix: Value<T>, context: Context): Promise<StoredValue<T>[]> {
    const known = this.#memory.values(prefix);
    if (known !== null && this.#closed === undefined) return known;
    this.#memory.learnAll(prefix, await this.#storage.scanValues(prefix, context));
    return this.#memory.values(prefix) ?? [];
  }

  async scanBranch(query: StorageBranchScan, context: Context): Promise<Entry[]> {
    if (query.order === "oldestFirst" || this.#closed !== undefined) {
      await this.#settle();
      return this.#storage.scanBranch(query, context);
    }
    let path = this.#memory.branch(query);
    while (typeof path === "string") {
      const missing = path;
      const page = await this.#storage.scanBranch(
        { start: missing, stopAtType: "compaction", order: "newestFirst" },
        context,
      );
      for (const entry of page) this.#learn(entry);
      path = this.#memory.branch(query);
      if (path === missing) throw new StorageError("storage_damaged", `the entry ${missing} is missing`);
    }
    const found = path.filter((entry) => isWanted(entry, query));
    return query.limit === undefined ? found : found.slice(0, Math.max(0, query.limit));
  }

  async scanBranchStructure(query: StorageBranchScan, context: Context) {
    await this.#settle();
    return this.#storage.scanBranchStructure(query, context);
  }

  readList: Storage["readList"] = async (...args) => {
    await this.#settle();
    return this.#storage.readList(...args);
  };

  scanEntries: Storage["scanEntries"] = async (...args) => {
    await this.#settle();
    return this.#storage.scanEntries(...args);
  };

  scanUsage: Storage["scanUsage"] = async (...args) => {
    await this.#settle();
    return this.#storage.scanUsage(...args);
  };

  async getStats(context: Context): Promise<SessionStats> {
    if (this.#closed === undefined) return this.#stats;
    await this.#closed;
    return this.#storage.getStats(context);
  }

  /** Stores what it still can: the turn of a fence that was passed stores nothing. */
  close(context: Context): Promise<void> {
    this.#closed ??= this.flush()
      .catch(() => undefined)
      .then(() => this.#storage.close(context));
    return this.#closed;
  }

  /** What is not answered from here is asked of the store, which then must have everything. */
  #settle(): Promise<void> {
    return this.#closed ?? this.flush();
  }

  async #refuse(writes: Write[], context: Context): Promise<CommitResult> {
    await this.#closed;
    return this.#storage.commit(writes, context);
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#line.then(work);
    // Whoever waits for it is told; the next one fails again by itself.
    this.#line = done.catch(() => undefined);
    return done;
  }

  async #flush(): Promise<void> {
    this.#assertWhole();
    const [writes, entries] = [this.#pending, this.#pendingEntries];
    if (writes.length === 0) return;
    const stored = await this.#breaking(() => this.#storage.commit(writes, BACKGROUND_CONTEXT));
    this.#pending = this.#pending.slice(writes.length);
    this.#pendingEntries = this.#pendingEntries.slice(entries.length);
    for (const { id } of entries) {
      const entry = this.#memory.entry(id);
      if (entry !== undefined) this.#memory.addEntry({ ...entry, timestamp: stored.timestamp });
    }
  }

  /** Once something could not be stored, memory and store differ: nothing of it may be told to anybody. */
  async #breaking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      this.#broken = { cause };
      throw cause;
    }
  }

  async #doubting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      this.#isDoubtful = true;
      throw cause;
    }
  }

  #assertWhole(): void {
    if (this.#broken !== undefined) throw this.#broken.cause;
  }

  /** What surely is in order can be stored later; the store looks at everything else at once. */
  #canWait(writes: readonly Write[]): boolean {
    if (writes.length === 0) return false;
    const [ids, added] = [new Set<string>(), new Set<string>()];
    const isNew = (id: string) => !ids.has(id) && !this.#usageIds.has(id) && this.#memory.entry(id) === undefined;
    const isEntry = (id: string | null | undefined) =>
      id === null || id === undefined || added.has(id) || this.#memory.entry(id) !== undefined;
    for (const write of writes) {
      if (write.kind === "list") return false;
      if (write.kind === "value") continue;
      const [id, under] =
        write.kind === "usage" ? [write.row.id, write.row.entryId] : [write.entry.id, write.entry.parentId];
      if (!isNew(id) || !isEntry(under)) return false;
      ids.add(id);
      if (write.kind === "entry") added.add(id);
    }
    return true;
  }

  #apply(writes: readonly Write[], timestamp: number, firstSeq: number): CommitResult {
    const seqs = writes.map((_, at) => firstSeq + at);
    for (const [at, write] of writes.entries()) {
      const seq = firstSeq + at;
      switch (write.kind) {
        case "entry": {
          const entry: Entry = JSON.parse(JSON.stringify({ ...write.entry, seq, timestamp }));
          this.#memory.addEntry(entry);
          this.#pendingEntries.push(entry);
          if (entry.type === "message") this.#stats = { ...this.#stats, messageCount: this.#stats.messageCount + 1 };
          break;
        }
        case "usage":
          this.#usageIds.add(write.row.id);
          this.#stats = { ...this.#stats, usage: addUsage(this.#stats.usage, write.row.usage) };
          break;
        case "value":
          if (write.op === "delete") this.#memory.deleteValue(write);
          else this.#memory.setValue(write, write.value, seq);
          break;
        case "list":
          break;
      }
    }
    this.#nextSeq = firstSeq + writes.length;
    return { firstSeq, seqs, timestamp, stats: this.#stats };
  }

  #learn(entry: Entry): void {
    if (this.#memory.entry(entry.id) === undefined) this.#memory.addEntry(entry);
  }
}

function isWanted(entry: Entry, { type, customType, cursor }: StorageBranchScan): boolean {
  if (type !== undefined && entry.type !== type) return false;
  if (customType !== undefined && entry.customType !== customType) return false;
  return cursor === undefined || entry.seq < cursor.seq;
}

function isFrame(write: Write): boolean {
  return write.kind === "list" && write.namespace === FRAMES_NAMESPACE;
}

/** A number for each write that pi made: those that were left out have that of the one before. */
function withSeqs(result: CommitResult, writes: readonly Write[]): CommitResult {
  let at = 0;
  const seqs = writes.map((write) => (isFrame(write) ? result.firstSeq + Math.max(0, at - 1) : result.firstSeq + at++));
  return { ...result, seqs };
}
