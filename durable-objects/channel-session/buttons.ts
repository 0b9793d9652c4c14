/** The buttons table: what each button under our messages says when it is pressed, and who may press it. */
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { Command } from "../../protocol/inbound.ts";
import type { Button } from "../../protocol/outbound.ts";
import type { ButtonRows, EdgeButton } from "./edge-button.ts";

/** Makes a button's id: nothing can be read from it, and nobody guesses it. */
export type NewButtonId = () => string;

/** A choice with the id that its button carries. */
export type NumberedButton = EdgeButton & { readonly id: string };

/** Gives every choice an id. */
export function numberButtons(rows: ButtonRows, newId: NewButtonId): readonly (readonly NumberedButton[])[] {
  return rows.map((row) => row.map((choice) => ({ ...choice, id: newId() })));
}

/** What the platform is shown. */
export function toButtons(rows: readonly (readonly NumberedButton[])[]): readonly (readonly Button[])[] {
  return rows.map((row) => row.map(({ id, label }) => ({ id, label })));
}

/** Stores what the buttons of a part mean; only `pressers` (sender ids) may press them. */
export function storeButtons(
  sql: SqlStorage,
  partSeq: number,
  rows: readonly (readonly NumberedButton[])[],
  pressers: readonly string[],
  now: number,
): void {
  sql.exec("DELETE FROM buttons WHERE expires_at < ?", now);
  for (const { id, label, value, isCommand } of rows.flat()) {
    sql.exec(
      "INSERT INTO buttons (id, part_seq, label, value, pressers, expires_at, is_command) VALUES (?, ?, ?, ?, ?, ?, ?)",
      id,
      partSeq,
      label,
      value,
      JSON.stringify(pressers),
      now + OUTBOUND_BOUNDS.buttonLifeMs,
      isCommand ? 1 : 0,
    );
  }
}

export type Press =
  | { readonly kind: "valid"; readonly label: string; readonly value: string; readonly command: Command | null }
  /** Never offered, too old, or a choice was made already. */
  | { readonly kind: "void" }
  /** The choice is somebody else's. */
  | { readonly kind: "not_yours" };

/** Judges a press. A valid one is the last: the other buttons of its message are void from then on. */
export function press(sql: SqlStorage, id: string, senderId: string, now: number): Press {
  const query = "SELECT part_seq, label, value, pressers, is_command FROM buttons WHERE id = ? AND expires_at >= ?";
  const [row] = sql.exec<Row>(query, id, now).toArray();
  if (!row) return { kind: "void" };
  const pressers: readonly string[] = JSON.parse(row.pressers); // only `storeButtons` writes it
  if (!pressers.includes(senderId)) return { kind: "not_yours" };
  sql.exec("DELETE FROM buttons WHERE part_seq = ?", row.part_seq);
  return {
    kind: "valid",
    label: row.label,
    value: row.value,
    command: row.is_command === 1 ? commandIn(row.value) : null,
  };
}

type Row = { part_seq: number; label: string; value: string; pressers: string; is_command: number };

/** The edge writes its commands in one form only: `/name rest`. */
function commandIn(value: string): Command | null {
  const [, name, rest = ""] = /^\/(\w+)(?: (.*))?$/s.exec(value) ?? [];
  return name === undefined ? null : { name, rest };
}
