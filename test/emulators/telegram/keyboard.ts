/** Inline keyboards below messages ("InlineKeyboardMarkup"). */
import { type ApiFailure, badRequest } from "./failure.ts";
import { fieldsOf, stringOf } from "./values.ts";

export type InlineButton = {
  readonly text: string;
  readonly callback_data?: string;
  readonly url?: string;
  readonly style?: string;
};
export type InlineKeyboard = { readonly inline_keyboard: readonly (readonly InlineButton[])[] };

/** "InlineKeyboardButton": 1-64 bytes. How many buttons fit is not documented. */
const DATA_MAX_BYTES = 64;
const BUTTONS_MAX = 100;
/** "Exactly one of the fields other than text, icon_custom_emoji_id, and style must be used". */
const NO_ACTION: ReadonlySet<string> = new Set(["text", "icon_custom_emoji_id", "style"]);

/** The keyboard of a call, or undefined for none. Throws `ApiFailure`. The types are those of the schema already. */
function keyboardOf(markup: unknown): InlineKeyboard | undefined {
  const { inline_keyboard: list } = fieldsOf(markup);
  const rows: readonly unknown[] = Array.isArray(list) ? list : [];
  const keyboard = rows
    .filter((row): row is unknown[] => Array.isArray(row) && row.length > 0)
    .map((row) => row.map(readButton));
  if (keyboard.flat().length > BUTTONS_MAX) throw badRequest("reply markup is too long");
  return keyboard.length > 0 ? { inline_keyboard: keyboard } : undefined;
}

/** The `reply_markup` of a message with that keyboard, to be spread into it. */
export function withKeyboard(markup: unknown): { readonly reply_markup?: InlineKeyboard } {
  const keyboard = keyboardOf(markup);
  return keyboard ? { reply_markup: keyboard } : {};
}

function readButton(button: unknown): InlineButton {
  const fields = fieldsOf(button);
  const text = stringOf(fields["text"]);
  if (text === "") throw wrongButton("Button text must be non-empty");
  const [action, ...others] = Object.keys(fields).filter((name) => !NO_ACTION.has(name));
  if (action === undefined || others.length > 0) {
    throw wrongButton("Text buttons are unallowed in the inline keyboard");
  }
  const value = stringOf(fields[action]);
  const isTooLong = Buffer.byteLength(value) > DATA_MAX_BYTES;
  if (action === "callback_data" && (value === "" || isTooLong)) throw badRequest("BUTTON_DATA_INVALID");
  if (action === "url" && !/^(?:https?|tg):\/\/\S+$/u.test(value)) throw badRequest("BUTTON_URL_INVALID");
  return { ...fields, text };
}

function wrongButton(problem: string): ApiFailure {
  return badRequest(`can't parse inline keyboard button: ${problem}`);
}
