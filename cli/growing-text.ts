/** Shows an answer on a terminal while it grows. What is on the screen stays; a changed answer starts on a new line. */
import { printable } from "../local/terminal-text.ts";

export type GrowingText = {
  /** More text, or the whole text anew when `reset`. */
  readonly grow: (text: string, reset: boolean) => void;
  /** The final text: only what is not on the screen yet is written, and the line is ended. */
  readonly finish: (text: string) => void;
};

/** Writes through `write`, printable characters only. */
export function createGrowingText(write: (text: string) => void): GrowingText {
  let shown = "";
  const replace = (text: string) => {
    const isLonger = text.startsWith(shown);
    write(isLonger ? text.slice(shown.length) : `\n\n${text}`);
    shown = text;
  };
  return {
    grow: (text, reset) => replace(reset ? printable(text) : shown + printable(text)),
    finish: (text) => {
      replace(printable(text));
      write("\n");
      shown = "";
    },
  };
}
