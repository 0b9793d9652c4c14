/** Changes JSON in one place, for tests of what is read of it. */

export type Change = "drop" | "rename" | "retype" | "repeat";

/** In no payload: the new name of what is renamed begins with it. */
export const MARK = "m4rk";

/** The paths to all places below `value`. */
export function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [...(path.length > 0 ? [path] : []), ...inner.flatMap(([key, below]) => pathsIn(below, [...path, key]))];
}

/** `value` with one change at the end of `path`; `other` is what a "retype" puts there. */
export function changed(value: unknown, path: readonly string[], change: Change, other: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    if (name !== key) return [[name, inner]];
    if (rest.length > 0) return [[name, changed(inner, rest, change, other)]];
    switch (change) {
      case "drop":
        return [];
      case "rename":
        return [[`${MARK}_${name}`, inner]];
      case "retype":
        return [[name, other]];
      case "repeat":
        return [[name, [inner, inner]]];
    }
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
