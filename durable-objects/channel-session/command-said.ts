/** What a command is answered with. */
import type { ButtonRows } from "./edge-button.ts";

export type Said = {
  /** Markdown. */
  readonly text: string;
  /** For whoever gave the command. The text says what they do. */
  readonly buttons?: ButtonRows;
};
