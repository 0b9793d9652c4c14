/** Maps a list with work that waits, some of it at the same time. */

/** The results in the order of the items. Rejects with the first failure. */
export async function mapLimited<T, R>(
  parallelMax: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const waiting = items.entries();
  const workThrough = async () => {
    for (const [at, item] of waiting) results.set(at, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(parallelMax, items.length) }, workThrough));
  return [...results.entries()].toSorted(([left], [right]) => left - right).map(([, result]) => result);
}
