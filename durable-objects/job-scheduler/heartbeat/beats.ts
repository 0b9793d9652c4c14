/** The beats table: what became of each tick of the heartbeat. Synchronous SQL only. */
import type { BeatOutcome, BeatView } from "../../../protocol/heartbeat.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import type { Usage } from "../../../protocol/turn-event.ts";

export type Beat = {
  readonly slot: number;
  readonly outcome: BeatOutcome;
  /** Null: it was not begun. */
  readonly runId: string | null;
  /** The newest event that it was given; null: it was given none. */
  readonly eventsTo: number | null;
};

/** Writes down what became of a slot, once; the oldest ones are forgotten. */
export function insertBeat(sql: SqlStorage, { slot, outcome, runId, eventsTo }: Beat, now: number): void {
  sql.exec(
    "INSERT INTO beats (slot, outcome, run, events_to, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (slot) DO NOTHING",
    slot,
    outcome,
    runId,
    eventsTo,
    now,
  );
  sql.exec(
    "DELETE FROM beats WHERE slot <= (SELECT slot FROM beats ORDER BY slot DESC LIMIT 1 OFFSET ?)",
    HEARTBEAT_BOUNDS.beatsKept,
  );
}

/** What became of a slot; null: nothing is known of it. */
export function readBeat(sql: SqlStorage, slot: number): BeatOutcome | null {
  const [row] = sql.exec<{ outcome: BeatOutcome }>("SELECT outcome FROM beats WHERE slot = ?", slot).toArray();
  return row?.outcome ?? null;
}

/** What a run of the heartbeat came to. */
export function endBeat(sql: SqlStorage, runId: string, outcome: BeatOutcome): void {
  sql.exec("UPDATE beats SET outcome = ? WHERE run = ?", outcome, runId);
}

/** Whether what a run said is to be told. */
export function isToldBy(sql: SqlStorage, runId: string): boolean {
  return sql.exec("SELECT 1 FROM beats WHERE run = ? AND outcome = 'told'", runId).toArray().length > 0;
}

/** The newest event that a run was given; null: it was given none. */
export function eventsGivenTo(sql: SqlStorage, runId: string): number | null {
  const query = "SELECT events_to FROM beats WHERE run = ?";
  return sql.exec<{ events_to: number | null }>(query, runId).toArray()[0]?.events_to ?? null;
}

/** Whether a run was given only the first of the events that waited: more than it was to be shown. */
export function leftEventsBehind(sql: SqlStorage, runId: string): boolean {
  const query = `SELECT 1 FROM beats JOIN events ON events.seq > beats.events_to AND events.at <= beats.at
     WHERE beats.run = ? LIMIT 1`;
  return sql.exec(query, runId).toArray().length > 0;
}

/** The newest, the last one first, with what their runs took. */
export function listBeats(sql: SqlStorage, limit: number): readonly BeatView[] {
  const query = `SELECT beats.slot, outcome, usage FROM beats LEFT JOIN runs ON runs.run = beats.run
     ORDER BY beats.slot DESC LIMIT ?`;
  return sql
    .exec<{ slot: number; outcome: BeatOutcome; usage: string | null }>(query, limit)
    .toArray()
    .map(({ slot, outcome, usage: text }) => {
      const usage: Usage | null = text === null ? null : JSON.parse(text); // only `endRun` writes it
      return { slot, outcome, usage };
    });
}
