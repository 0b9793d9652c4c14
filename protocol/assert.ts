/** Programmer errors: a broken assertion is a plain `Error` that crashes the object it happens in. */

/** Throws when `condition` is false. For invariants only, never for input that a stranger controls. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${invariant}`);
}

/** Ends an exhaustive `switch`: the compiler rejects it while a case is missing. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
