/** One JSON line per event. Never a secret, never a body. */
export type LogLine = { readonly event: string; readonly [field: string]: unknown };
export type Log = (line: LogLine) => void;
