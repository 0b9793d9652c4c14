/**
 * What all objects of an isolate remember together: values, never promises, which objects cannot share. Apart for each
 * set of settings, so that a new key of the relay begins anew.
 */
import { EDGE_CREDENTIAL_BOUNDS } from "./bounds.ts";

/** A place for the values of each set of settings, made when it is first asked for. */
export class IsolateValues<T> {
  readonly #make: () => T;
  readonly #values = new Map<string, T>();

  constructor(make: () => T) {
    this.#make = make;
  }

  /** `fingerprint`: equal for equal settings. It can hold keys, and is kept in memory only. */
  of(fingerprint: string): T {
    const known = this.#values.get(fingerprint) ?? this.#make();
    // To the end: the map is in order of use.
    this.#values.delete(fingerprint);
    this.#values.set(fingerprint, known);
    forgetOldest(this.#values, EDGE_CREDENTIAL_BOUNDS.settingsMax);
    return known;
  }
}

/** Keeps the newest `max` entries of a map that is in order of use. */
export function forgetOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
