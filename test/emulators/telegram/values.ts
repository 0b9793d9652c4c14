/** Reads parameters whose types the schema has checked, or that are absent. */

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

export function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function stringsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((element) => typeof element === "string") : undefined;
}
