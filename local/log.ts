/** One JSON line per step, as the Worker writes it. A line carries ids and numbers, never a secret or a person's text. */

/** From the least to the most urgent. */
export const LOG_LEVELS = ["info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/**
 * One step. `time` (ISO 8601) is when it happened, if that was not now. `plain` is a sentence that a terminal shows in
 * place of the JSON line, for what whoever looks at it should know.
 */
export type LogLine = { readonly level: LogLevel; readonly step: string; readonly [field: string]: unknown };
/** Takes one line. Never throws. */
export type Log = (line: LogLine) => void;

/** Writes lines to the terminal: information to stdout, warnings and errors to stderr. */
export const logToTerminal: Log = (line) => {
  const out = line.level === "info" ? process.stdout : process.stderr;
  out.write(`${terminalLine(line, new Date())}\n`);
};

/** The line as a terminal shows it. Pure. */
export function terminalLine(line: LogLine, now: Date): string {
  return typeof line["plain"] === "string" ? line["plain"] : jsonLine(line, now);
}

/** The line as JSON; every one starts with the same fields. Pure. */
export function jsonLine({ level, step, plain: _plain, ...fields }: LogLine, now: Date): string {
  return JSON.stringify({ time: now.toISOString(), level, step, ...fields });
}

/** Whoever reads our output may leave before us; what is written then is lost, and nothing else. */
export function outliveReaders(): void {
  for (const out of [process.stdout, process.stderr]) out.on("error", () => {});
}

/** A log that can be held back, and ended. */
export type GatedLog = {
  readonly log: Log;
  /** Passes on what was kept back, and from then on every line as it comes. */
  open(): void;
  /** Drops every line from then on. */
  close(): void;
};

/** Keeps lines back, with the time they came at, until it is opened. Once closed it stays closed. */
export function createGatedLog(log: Log): GatedLog {
  const held: LogLine[] = [];
  let phase: "held" | "open" | "closed" = "held";
  return {
    log(line) {
      if (phase === "open") log(line);
      else if (phase === "held") held.push({ time: new Date().toISOString(), ...line });
    },
    open() {
      if (phase !== "held") return;
      phase = "open";
      for (const line of held.splice(0)) log(line);
    },
    close: () => void (phase = "closed"),
  };
}

/** What may be said of an unknown thrown value in one line. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.replaceAll(/\s+/g, " ");
}
