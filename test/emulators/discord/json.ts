/** JSON objects as they cross the wire, and how parts of them are read. */

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of a list; none when it is no list. */
export function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A text, or an empty one. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A whole number, or 0. */
export function flagsOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** As Discord writes times. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/u, "000+00:00");
}

/** How long Discord finds a text: in code points. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}
