/** The machine's state as rows. Synchronous SQL only. */
import { EMPTY_STATE, type State } from "./gateway-state.ts";

/** `seq` has a column of its own, since it changes with every event; `seen` is known to the instance that has seen it. */
type Stored = Omit<State, "seq" | "seen">;
type Row = { state: string; seq: number | null };

/** The state that a fresh instance begins with. */
export function loadState(sql: SqlStorage): State {
  const [row] = sql.exec<Row>("SELECT state, seq FROM gateway").toArray();
  if (!row) return EMPTY_STATE;
  const stored: Stored = JSON.parse(row.state); // only `saveState` writes it
  return { ...stored, seq: row.seq, seen: row.seq };
}

/** Stores what of the state has changed. */
export function saveState(sql: SqlStorage, before: State, after: State): void {
  const state = storedOf(after);
  if (state !== storedOf(before)) {
    sql.exec(
      "INSERT INTO gateway (id, state, seq) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET state = ?1, seq = ?2",
      state,
      after.seq,
    );
  } else if (after.seq !== before.seq) sql.exec("UPDATE gateway SET seq = ?", after.seq);
}

function storedOf({ seq: _seq, seen: _seen, ...stored }: State): string {
  return JSON.stringify(stored satisfies Stored);
}
