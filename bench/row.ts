/** What a benchmark measures and reports. */

export type Unit = "ms" | "1/s" | "MB";

/** What ours is compared with, measured in the same run. */
export type Baseline = { readonly what: string; readonly value: number };

/** A limit on our own figure, or on the ratio of ours to the baseline. */
export type Target = { readonly on: "ours" | "ratio"; readonly is: "at most" | "at least"; readonly value: number };

/** One line of the table. */
export type Measurement = {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: number;
  readonly baseline: Baseline;
  readonly target: Target | null;
  /** What else the run showed: counts, other percentiles, how it was loaded. */
  readonly note: string;
};

/** A benchmark: one run, one or more lines. It leaves nothing running and nothing on disk. */
export type Row = {
  readonly name: string;
  /** One line for `--help`. */
  readonly title: string;
  run(context: RunContext): Promise<readonly Measurement[]>;
};

export type RunContext = {
  /** Absolute path of the repository. */
  readonly root: string;
  /** Tells a waiting person what goes on. */
  readonly progress: (line: string) => void;
};

/** Ours relative to the baseline. */
export function ratio({ ours, baseline }: Measurement): number {
  return ours / baseline.value;
}

/** Whether the target is met; null when the line has none. */
export function isMet(measurement: Measurement): boolean | null {
  const { target, ours } = measurement;
  if (!target) return null;
  const figure = target.on === "ours" ? ours : ratio(measurement);
  return target.is === "at most" ? figure <= target.value : figure >= target.value;
}
