/** Follows a branch through entries that come newest first, and picks what a scan wants of it. Pure. */
import type { StorageBranchScan } from "@earendil-works/pi-agent-core";

/** An entry without what it says. */
export type Structure = {
  readonly id: string;
  readonly parentId: string | null;
  readonly seq: number;
  readonly type: string;
  readonly customType?: string;
};

export class BranchWalk<T extends Structure> {
  readonly #query: StorageBranchScan;
  readonly #isOldestFirst: boolean;
  readonly #path: T[] = [];
  /** The next entry of the branch; null: there is none, or none is wanted. */
  #next: string | null;
  #found = 0;

  constructor(query: StorageBranchScan) {
    this.#query = query;
    this.#isOldestFirst = query.order === "oldestFirst";
    this.#next = query.limit !== undefined && query.limit <= 0 ? null : query.start;
  }

  get isOver(): boolean {
    return this.#next === null;
  }

  /** Whether the start of the branch was seen. */
  get hasBegun(): boolean {
    return this.#path.length > 0;
  }

  /** Takes the entry if it is the next one of the branch: a parent was always stored before its children. */
  see(entry: T): void {
    if (entry.id !== this.#next) return;
    this.#path.push(entry);
    this.#next = entry.parentId;
    if (this.#isOldestFirst) return;
    const { limit } = this.#query;
    if (this.#isWanted(entry)) this.#found += 1;
    if (this.#isStop(entry) || (limit !== undefined && this.#found >= limit)) this.#next = null;
  }

  /** What the scan wants, in its order. */
  wanted(): readonly T[] {
    const path = this.#isOldestFirst ? this.#path.toReversed() : this.#path;
    const stop = path.findIndex((entry) => this.#isStop(entry));
    const found = (stop === -1 ? path : path.slice(0, stop + 1)).filter((entry) => this.#isWanted(entry));
    return this.#query.limit === undefined ? found : found.slice(0, Math.max(0, this.#query.limit));
  }

  #isStop({ id, type }: T): boolean {
    return id === this.#query.stopAtId || type === this.#query.stopAtType;
  }

  #isWanted(entry: T): boolean {
    const { type, customType, cursor } = this.#query;
    if (type !== undefined && entry.type !== type) return false;
    if (customType !== undefined && entry.customType !== customType) return false;
    if (cursor === undefined) return true;
    return this.#isOldestFirst ? entry.seq > cursor.seq : entry.seq < cursor.seq;
  }
}
