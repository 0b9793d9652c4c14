/** Buttons below a message ("Component Reference": action rows). Pure. */
import type { APIActionRowComponent, APIButtonComponentWithCustomId } from "discord-api-types/v10";
import { assert } from "../../../protocol/assert.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Button } from "../../../protocol/outbound.ts";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { cutText } from "../text/cut.ts";

/** Buttons of a row, rows of a message. */
const ROW_MAX = 5;
const ROWS_MAX = 5;
/** "custom_id": 1-100 characters. */
const ID_MAX = 100;
const TYPE = { row: 1, button: 2 } as const;
const SECONDARY = 2;
/** What the button carries that shows a choice; no id of a session looks so. */
const CHOSEN = "chosen";

export type Rows = APIActionRowComponent<APIButtonComponentWithCustomId>[];

/** The rows as a message has them. More rows than it can have are filled up. Throws when an id cannot be sent back. */
export function rowsOf(rows: readonly (readonly Button[])[] = []): Rows {
  const asGiven = rows.flatMap(inRows);
  const shown = asGiven.length <= ROWS_MAX ? asGiven : inRows(rows.flat());
  assert(shown.length <= ROWS_MAX, "a message has no more buttons than Discord shows");
  return shown.map((row) => rowOf(row.map((button) => buttonOf(button))));
}

/** One button that says which was pressed, and cannot be. */
export function chosenRow(label: string): Rows {
  return [rowOf([{ ...buttonOf({ id: CHOSEN, label: `✓ ${label}` }), disabled: true }])];
}

function rowOf(components: APIButtonComponentWithCustomId[]): Rows[number] {
  return { type: TYPE.row, components };
}

function inRows(row: readonly Button[]): (readonly Button[])[] {
  return Array.from({ length: Math.ceil(row.length / ROW_MAX) }, (_, index) =>
    row.slice(index * ROW_MAX, (index + 1) * ROW_MAX),
  );
}

function buttonOf({ id, label }: Button): APIButtonComponentWithCustomId {
  assert(id.length >= 1 && id.length <= ID_MAX, "a button's id has 1 to 100 characters");
  const text = cutText(label.toWellFormed(), OUTBOUND_BOUNDS.buttonLabelMax);
  return { type: TYPE.button, style: SECONDARY, custom_id: id, label: isInvisible(text) ? "…" : text };
}
