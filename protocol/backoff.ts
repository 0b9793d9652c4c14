/** How long to wait before something that failed is tried again. */

/** The first and the longest pause, in ms; the tables of bounds have both. */
export type Backoff = { readonly retryFirstMs: number; readonly retryMaxMs: number };

/** The pause in ms after so many failures in a row, the first being 1: doubled each time, up to the longest. Pure. */
export function backoffMs(failures: number, { retryFirstMs, retryMaxMs }: Backoff): number {
  return Math.min(retryMaxMs, retryFirstMs * 2 ** (failures - 1));
}
