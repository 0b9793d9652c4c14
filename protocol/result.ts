/**
 * protocol/ holds everything that crosses a boundary between the edge, the agent and the laptop's stand-ins:
 * types, parsers, keys, errors and bounds. It imports nothing but its schema library and does no I/O.
 *
 * This file: `Result`, how an expected rejection at a trust boundary is returned (never thrown).
 */

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Err<E> = { readonly ok: false; readonly error: E };
export type Result<T, E> = Ok<T> | Err<E>;

/** Wraps a success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** Wraps an expected rejection. */
export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}
