/** One JSON line per step, as the Worker writes it. A line carries ids and numbers, never a secret or a person's text. */

type LogLevel = "info" | "warn" | "error";
export type LogLine = { readonly level: LogLevel; readonly step: string; readonly [field: string]: unknown };
/** Takes one line. Never throws. */
export type Log = (line: LogLine) => void;

/** Writes lines to the terminal: information to stdout, warnings and errors to stderr. */
export const logToTerminal: Log = (line) => {
  const out = line.level === "info" ? process.stdout : process.stderr;
  out.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
};

/** Whoever reads our output may leave before us; what is written then is lost, and nothing else. */
export function outliveReaders(): void {
  for (const out of [process.stdout, process.stderr]) out.on("error", () => {});
}

/** Keeps lines back until `open` is called, and passes them on as they come from then on. */
export function createHeldLog(log: Log): { readonly log: Log; open(): void } {
  let held: LogLine[] | null = [];
  return {
    log: (line) => (held ? void held.push(line) : log(line)),
    open() {
      const lines = held ?? [];
      held = null;
      for (const line of lines) log(line);
    },
  };
}

/** What may be said of an unknown thrown value in one line. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.replaceAll(/\s+/g, " ");
}
