/** One JSON line per step. A line carries ids and numbers; never a secret, never a text that a person wrote. */

export type LogLevel = "info" | "warn" | "error";
type Field = string | number | boolean | null | undefined;
export type LogFields = Readonly<Record<string, Field>>;

/** Longest field value; an error message of a stranger's making is cut there. All settings problems fit. */
const FIELD_MAX = 4_000;

/** Writes one line to the console, which is the Worker's log. `step` names what happened: `message_accepted`. */
export function log(level: LogLevel, step: string, fields: LogFields = {}): void {
  const line = JSON.stringify({ level, step, ...fields }, (_key, value: unknown) =>
    typeof value === "string" && value.length > FIELD_MAX ? `${value.slice(0, FIELD_MAX)}…` : value,
  );
  if (level === "error") console.error(line);
  else if (level === "warn") console.warn(line);
  else console.log(line);
}

/** What may be logged of an unknown thrown value: its code or name, and its message. */
export function errorFields(error: unknown): { readonly error: string; readonly code?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { error: error.message, code };
}
