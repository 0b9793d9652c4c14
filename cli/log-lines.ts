/** Which lines of the log are wanted, and how people read them. Pure but for what a selection remembers of turns. */
import * as v from "valibot";
import { LOG_LEVELS, type LogLevel } from "../local/log.ts";
import { printable } from "../local/terminal-text.ts";
import { localInstant } from "./table.ts";

/** Turns of the wanted session that are remembered; the oldest is forgotten. */
const TURNS_MAX = 1_000;

const logEntry = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ time: v.pipe(v.string(), v.isoTimestamp()), level: v.picklist(LOG_LEVELS), step: v.string() }),
);

export type LogEntry = v.InferOutput<typeof logEntry>;

export type LogFilter = {
  /** The least urgent level that is wanted. */
  readonly level: LogLevel;
  /** Epoch ms. */
  readonly sinceMs: number;
  /** A session key; null: all, and what belongs to none. */
  readonly session: string | null;
};

/** Chooses lines, in the order in which they were written. */
export class LogSelection {
  readonly #filter: LogFilter;
  readonly #turns = new Set<string>();

  constructor(filter: LogFilter) {
    this.#filter = filter;
  }

  /** The entry of a wanted line; null for any other, and for one that a crash or a full disk has torn. */
  select(line: string): LogEntry | null {
    const parsed = v.safeParse(logEntry, line);
    if (!parsed.success) return null;
    const entry = parsed.output;
    const isWanted = this.#isOfSession(entry);
    if (LOG_LEVELS.indexOf(entry.level) < LOG_LEVELS.indexOf(this.#filter.level)) return null;
    return isWanted && Date.parse(entry.time) >= this.#filter.sinceMs ? entry : null;
  }

  /** The agent knows its turn but not the session, which the edge has named in a line before. */
  #isOfSession({ session, turn }: LogEntry): boolean {
    if (this.#filter.session === null) return true;
    if (session !== this.#filter.session) return typeof turn === "string" && this.#turns.has(turn);
    if (typeof turn === "string") this.#remember(turn);
    return true;
  }

  #remember(turn: string): void {
    this.#turns.add(turn);
    const [oldest] = this.#turns;
    if (this.#turns.size > TURNS_MAX && oldest !== undefined) this.#turns.delete(oldest);
  }
}

/** One line for people: when, how urgent, what, and the rest as `name=value`. */
export function showEntry({ time, level, step, ...fields }: LogEntry): string {
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${showValue(value)}`);
  const words = [localInstant(Date.parse(time)), level.padEnd(5), step, ...shown];
  return printable(words.join(" ")).replaceAll(/\s*[\n\t]\s*/g, " ");
}

function showValue(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Epoch ms of `90s`, `10m`, `2h`, `1d` before `now`, or of a date; null if it is neither. */
export function parseSince(text: string, now: number): number | null {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && (unit === "s" || unit === "m" || unit === "h" || unit === "d")) {
    return now - Number(count) * UNIT_MS[unit];
  }
  const at = Date.parse(text);
  return /^\d{4}-/.test(text) && !Number.isNaN(at) ? at : null;
}
