/** Reads the log files of a state directory as one stream of lines, also while new ones are begun and old ones go. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { logFolder, logNumbers, logPath } from "./log-file.ts";

export class LogReader {
  readonly #folder: string;
  /** Up to where lines have been read. */
  #place: { readonly number: number; readonly bytes: number } | null = null;

  constructor(stateDir: string) {
    this.#folder = logFolder(stateDir);
  }

  /** Whether there was a file. */
  get hasFound(): boolean {
    return this.#place !== null;
  }

  /** The lines since the last call, oldest first; the first time all that are kept. A line still being written waits. */
  *read(): Generator<string> {
    const numbers = logNumbers(this.#folder);
    const { number: last = 0 } = this.#place ?? {};
    // Somebody has removed them all, and they begin anew.
    if (numbers.every((number) => number < last)) this.#place = null;
    const from = this.#place?.number ?? 0;
    for (const number of numbers) if (number >= from) yield* this.#readFile(number);
  }

  /** The whole lines that are new in one file. Throws if it may not be read. */
  #readFile(number: number): readonly string[] {
    const fd = openIfAny(logPath(this.#folder, number));
    if (fd === null) return [];
    try {
      const { size } = fstatSync(fd);
      const from = this.#place?.number === number ? this.#place.bytes : 0;
      const buffer = Buffer.alloc(Math.max(0, size - from));
      const read = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from));
      const end = read.lastIndexOf("\n") + 1;
      this.#place = { number, bytes: from + end };
      return read
        .toString("utf8", 0, end)
        .split("\n")
        .filter((line) => line !== "");
    } finally {
      closeSync(fd);
    }
  }
}

function openIfAny(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
