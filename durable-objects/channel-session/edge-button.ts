/** A button below one of our messages, before it has an id. */
import type { AnswerButton } from "../../protocol/turn-event.ts";

/** A choice that the edge itself offers: pressing it carries out the command that `value` is. The agent makes none. */
export type EdgeButton = AnswerButton & { readonly isCommand?: true };

/** Rows of buttons, from top to bottom. */
export type ButtonRows = readonly (readonly EdgeButton[])[];
