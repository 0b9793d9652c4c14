/** Summaries of samples. Pure. */

/** The value that `share` of the samples do not exceed (nearest rank). Throws for no samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error("no samples");
  return value;
}

/** The middle sample. Throws for no samples. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}
