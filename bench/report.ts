/** The results as text for people, and as JSON. Pure. */
import { isMet, type Measurement, ratio, type Target, type Unit } from "./row.ts";

export type RowResult = { readonly row: string; readonly measurement: Measurement };

/** Where it ran: figures of two machines are never compared. */
export type Machine = {
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly workerd: string;
  readonly platform: string;
  /** Load average of the minute before: what else ran there. */
  readonly loadBefore: number;
};

const HEADER = ["row", "what", "ours", "compared with", "theirs", "ratio", "target", ""];

/** The table, its notes, and the machine. */
export function formatTable(results: readonly RowResult[], machine: Machine): string {
  const rows = results.map(({ row, measurement }) => cellsOf(row, measurement));
  const notes = results.map(({ row, measurement }) => `${row}, ${measurement.what}: ${measurement.note}`);
  const { date, cores, cpu, node, workerd, platform, loadBefore } = machine;
  const where = `${date}, ${cores} cores (${cpu}), ${platform}, node ${node}, workerd ${workerd}, load before ${loadBefore.toFixed(1)}`;
  return [...align([HEADER, ...rows]), "", ...notes, "", where].join("\n");
}

/** The same figures for a program. */
export function formatJson(results: readonly RowResult[], machine: Machine): string {
  const figures = results.map(({ row, measurement }) => ({
    row,
    ...measurement,
    ratio: ratio(measurement),
    met: isMet(measurement),
  }));
  return JSON.stringify({ machine, figures }, null, 2);
}

function cellsOf(row: string, measurement: Measurement): readonly string[] {
  const { what, ours, unit, baseline, target } = measurement;
  const met = isMet(measurement);
  return [
    row,
    what,
    quantity(ours, unit),
    baseline.what,
    quantity(baseline.value, unit),
    ratio(measurement).toFixed(2),
    target ? targetText(target, unit) : "-",
    met === null ? "" : met ? "pass" : "FAIL",
  ];
}

function targetText({ on, is, value }: Target, unit: Unit): string {
  const sign = is === "at most" ? "<=" : ">=";
  return on === "ratio" ? `${sign} ${value} x` : `${sign} ${value} ${unit}`;
}

function quantity(value: number, unit: Unit): string {
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2)} ${unit}`;
}

function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
