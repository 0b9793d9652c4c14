/** Buttons below a message ("InlineKeyboardMarkup"). Pure. */
import { assert } from "../../../protocol/assert.ts";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Button } from "../../../protocol/outbound.ts";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { cutText } from "../text/cut.ts";

/** "InlineKeyboardButton": `callback_data`, 1-64 bytes. */
const DATA_MAX_BYTES = 64;
/** Apps show up to eight buttons in a row; what Telegram does with more is not documented. */
const ROW_MAX = 8;

export type Keyboard = {
  readonly reply_markup?: {
    readonly inline_keyboard: { readonly text: string; readonly callback_data: string }[][];
  };
};

/** The parameter for `rows` of buttons; none without any. Throws when an id cannot be sent back by a press. */
export function keyboardOf(rows: readonly (readonly Button[])[] | undefined): Keyboard {
  const shown = (rows ?? []).flatMap(inRows).map((row) => row.map(buttonOf));
  return shown.length > 0 ? { reply_markup: { inline_keyboard: shown } } : {};
}

function inRows(row: readonly Button[]): (readonly Button[])[] {
  return Array.from({ length: Math.ceil(row.length / ROW_MAX) }, (_, index) =>
    row.slice(index * ROW_MAX, (index + 1) * ROW_MAX),
  );
}

function buttonOf({ id, label }: Button): { readonly text: string; readonly callback_data: string } {
  const bytes = new TextEncoder().encode(id).length;
  assert(bytes >= 1 && bytes <= DATA_MAX_BYTES, "a button's id has 1 to 64 bytes");
  const text = cutText(label.toWellFormed(), OUTBOUND_BOUNDS.buttonLabelMax);
  return { text: isInvisible(text) ? "…" : text, callback_data: id };
}
