/** Plain text for people: columns in line and nothing else, so that grep and awk work on it too. */
import { printable } from "../local/terminal-text.ts";

/** One line per row, cells padded to the width of their column. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replaceAll(/\s+/g, " ")));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Any JSON value: an array of objects as a table with a header, an object as one line per leaf. */
export function describe(value: unknown): readonly string[] {
  if (Array.isArray(value)) return describeList(value);
  return table(leaves(value, "").map(({ path, text }) => [path, text]));
}

function describeList(items: readonly unknown[]): readonly string[] {
  const rows = items.map((item) => new Map(leaves(item, "").map(({ path, text }) => [path, text])));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  if (rows.length === 0) return ["none"];
  return table([columns, ...rows.map((row) => columns.map((column) => row.get(column) ?? "-"))]);
}

type Leaf = { readonly path: string; readonly text: string };

function leaves(value: unknown, path: string): readonly Leaf[] {
  if (Array.isArray(value) && value.every((item) => typeof item !== "object"))
    return [{ path, text: value.join(", ") }];
  if (typeof value !== "object" || value === null) return [{ path: path || "value", text: leafText(value) }];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`));
}

function leafText(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Epoch ms as the date and minute of this machine's time zone: `2026-01-31 09:05`. */
export function localTime(ms: number): string {
  return localInstant(ms).slice(0, 16);
}

/** The same to the millisecond: `2026-01-31 09:05:07.123`. */
export function localInstant(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, 23).replace("T", " ");
}
