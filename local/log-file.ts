/**
 * Keeps the lines of the terminal in the state directory too, in `logs/assistant-<n>.jsonl`: a full file is followed by
 * the one of the next number. Only their owner may read them. What cannot be written is counted and left out.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { jsonLine, type Log } from "./log.ts";

/** Bounds of what is kept. */
export const LOG_BOUNDS = {
  /** Largest file, in bytes; the line that does not fit begins the next. */
  fileMaxBytes: 5_242_880,
  /** Files that are kept, the current one included; the oldest is forgotten. */
  filesMax: 6,
  /** Longest line, in UTF-16 units; one beyond it is kept without its fields. */
  lineMax: 65_536,
} as const;

export type LogBounds = { readonly [bound in keyof typeof LOG_BOUNDS]: number };

/** The folder of the logs in a state directory. */
export const logFolder = (stateDir: string) => join(stateDir, "logs");

export const logPath = (folder: string, number: number) => join(folder, `assistant-${number}.jsonl`);

/** The numbers of the files in a folder, oldest first; none if there is no folder. */
export function logNumbers(folder: string): readonly number[] {
  const names = namesIn(folder);
  const numbers = names.flatMap((name) => {
    const [, number] = /^assistant-(\d{1,15})\.jsonl$/.exec(name) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  return numbers.toSorted((a, b) => a - b);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

type OpenFile = {
  readonly number: number;
  readonly fd: number;
  bytes: number;
  /** It ends in the middle of a line. */
  isTorn: boolean;
};

/** Appends to the log files of a state directory. One process may do so at a time: the one that holds its lock. */
export class LogFile {
  readonly #bounds: LogBounds;
  /** Null before the state directory is ours: then nothing is kept. */
  #folder: string | null = null;
  #file: OpenFile | null = null;
  /** Lines that could not be written since the last one that could. */
  #missed = 0;

  constructor(bounds: LogBounds = LOG_BOUNDS) {
    this.#bounds = bounds;
  }

  /** Keeps lines from now on. Touches nothing before there is one. */
  keepIn(stateDir: string): void {
    this.#folder = logFolder(stateDir);
  }

  /** Writes one line at once, so that it outlives a killed process. Never throws: on a full disk it is left out. */
  readonly log: Log = (line) => {
    if (this.#folder === null) return;
    try {
      const now = new Date();
      const text = jsonLine(line, now);
      const { level, step } = line;
      const isTooLong = text.length > this.#bounds.lineMax;
      const kept = isTooLong ? jsonLine({ level, step, leftOut: text.length }, now) : text;
      this.#append(this.#folder, kept, now);
      this.#missed = 0;
    } catch {
      this.#missed += 1;
      this.#close();
    }
  };

  #append(folder: string, line: string, now: Date): void {
    const missed = { level: "warn", step: "log_lines_missed", lines: this.#missed } as const;
    const lines = this.#missed > 0 ? [jsonLine(missed, now), line] : [line];
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    const file = this.#fileWithRoom(folder, bytes.length + 1);
    const whole = file.isTorn ? Buffer.concat([Buffer.from("\n"), bytes]) : bytes;
    if (writeSync(file.fd, whole) < whole.length) throw new Error("the disk is full");
    file.bytes += whole.length;
    file.isTorn = false;
  }

  #fileWithRoom(folder: string, bytes: number): OpenFile {
    const file = (this.#file ??= openNumber(folder, logNumbers(folder).at(-1) ?? 1));
    if (file.bytes === 0 || file.bytes + bytes <= this.#bounds.fileMaxBytes) return file;
    this.#close();
    this.#file = openNumber(folder, file.number + 1);
    const numbers = logNumbers(folder);
    const forgotten = numbers.slice(0, Math.max(0, numbers.length - this.#bounds.filesMax));
    for (const number of forgotten) rmSync(logPath(folder, number), { force: true });
    return this.#file;
  }

  #close(): void {
    const file = this.#file;
    this.#file = null;
    try {
      if (file) closeSync(file.fd);
    } catch {
      // Nothing more is written to it.
    }
  }
}

function openNumber(folder: string, number: number): OpenFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fd = openSync(logPath(folder, number), "a+", 0o600);
  const bytes = fstatSync(fd).size;
  const last = Buffer.alloc(1);
  const isTorn = bytes > 0 && readSync(fd, last, 0, 1, bytes - 1) === 1 && last.toString() !== "\n";
  return { number, fd, bytes, isTorn };
}
