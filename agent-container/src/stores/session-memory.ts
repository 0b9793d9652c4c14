/** What a process knows of one transcript: entries and values as they are stored, and what is known not to be there. */
import type { Entry, StoredValue, StorageBranchScan, Value } from "@earendil-works/pi-agent-core";

/** Null: it is known that there is none. */
type KnownValue = { readonly seq: number; readonly json: string } | null;

type Place = { readonly namespace: string; readonly key: string };

type Stored = { readonly value: unknown; readonly seq: number };

export class SessionMemory {
  readonly #entries = new Map<string, Entry>();
  /** As JSON: whoever reads one gets a copy of their own. */
  readonly #values = new Map<string, KnownValue>();
  /** Beginnings of keys under which every value is known. */
  readonly #complete = new Set<string>();

  entry(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  addEntry(entry: Entry): void {
    this.#entries.set(entry.id, entry);
  }

  /** The value; undefined: there is none; null: it is not known. */
  value<T>(address: Value<T>): StoredValue<T> | undefined | null {
    const known = this.#values.get(nameOf(address));
    if (known === undefined) return this.#isComplete(address) ? undefined : null;
    return known === null ? undefined : { address, value: JSON.parse(known.json), seq: known.seq };
  }

  setValue({ namespace, key }: Place, value: unknown, seq: number): void {
    this.#values.set(nameOf({ namespace, key }), { seq, json: JSON.stringify(value) });
  }

  /** Keeps what was read, unless something newer is known. */
  learnValue(place: Place, stored: Stored | undefined): void {
    const name = nameOf(place);
    if (this.#values.has(name)) return;
    if (stored === undefined) this.#values.set(name, null);
    else this.setValue(place, stored.value, stored.seq);
  }

  deleteValue(place: Place): void {
    this.#values.set(nameOf(place), null);
  }

  /** Keeps all values of a prefix. */
  learnAll(prefix: Place, stored: readonly (Stored & { readonly address: Place })[]): void {
    for (const value of stored) this.learnValue(value.address, value);
    this.#complete.add(nameOf(prefix));
  }

  /** The values whose key begins so, in the order of their keys; null: not all of them are known. */
  values<T>(prefix: Value<T>): StoredValue<T>[] | null {
    if (!this.#isComplete(prefix)) return null;
    const start = nameOf(prefix);
    const found: StoredValue<T>[] = [];
    for (const [name, known] of this.#values) {
      if (known === null || !name.startsWith(start)) continue;
      const key = name.slice(prefix.namespace.length + 1);
      const address: Value<T> = { kind: "value", namespace: prefix.namespace, key };
      found.push({ address, value: JSON.parse(known.json), seq: known.seq });
    }
    return found.sort((left, right) => compareCodePoints(left.address.key, right.address.key));
  }

  /**
   * The branch from its newest entry back, as far as the scan goes; or the id of the entry that is needed and not here.
   */
  branch({ start, stopAtId, stopAtType }: StorageBranchScan): readonly Entry[] | string {
    const path: Entry[] = [];
    for (let id: string | null = start; id !== null;) {
      const entry: Entry | undefined = this.#entries.get(id);
      if (entry === undefined) return id;
      path.push(entry);
      if (entry.id === stopAtId || entry.type === stopAtType) break;
      id = entry.parentId;
    }
    return path;
  }

  #isComplete(place: Place): boolean {
    const name = nameOf(place);
    if (this.#complete.has(nameOf({ namespace: place.namespace, key: "" }))) return true;
    for (const prefix of this.#complete) if (name.startsWith(prefix)) return true;
    return false;
  }
}

function nameOf({ namespace, key }: Place): string {
  return `${namespace}\u0000${key}`;
}

/** As databases order text: by code points, where JavaScript compares UTF-16 units. */
function compareCodePoints(left: string, right: string): number {
  const [a, b] = [Array.from(left, pointOf), Array.from(right, pointOf)];
  const differs = a.findIndex((point, at) => point !== b[at]);
  if (differs === -1) return a.length - b.length;
  return (a[differs] ?? 0) - (b[differs] ?? -1);
}

function pointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
