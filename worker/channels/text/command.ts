/** Commands in a text, for channels that do not mark them themselves. Pure. */
import type { Command } from "../../../protocol/inbound.ts";

const COMMAND = /^\/([a-z][a-z0-9_]{0,31})(?::|(?=\s|$))\s*([\s\S]*)$/i;

/** The command that a text starts with (`/new buy milk`, `/new: buy milk`), or null. */
export function parseCommand(text: string): Command | null {
  const [, name, rest] = COMMAND.exec(text) ?? [];
  return name === undefined ? null : { name: name.toLowerCase(), rest: rest ?? "" };
}

/** What somebody says who wants it to end now, and has no time for a slash. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  [
    ["stop", "please stop", "abort", "esc", "exit", "halt", "interrupt", "wait"],
    ["stopp", "bitte stopp", "abbrechen", "abbruch", "anhalten", "aufhören", "hör auf", "warte"],
  ].flat(),
);

/** `/stop` if a text is nothing but a word for it, else null. For texts that are surely meant for us. */
export function parseStopWord(text: string): Command | null {
  const word = text
    .normalize("NFC")
    .trim()
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .replace(/[.!…]+$/u, "");
  return STOP_WORDS.has(word) ? { name: "stop", rest: "" } : null;
}
