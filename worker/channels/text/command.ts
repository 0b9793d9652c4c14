/** Slash commands in a text, for channels that do not mark them themselves. Pure. */
import type { Command } from "../../../protocol/inbound.ts";

const COMMAND = /^\/([a-z][a-z0-9_]{0,31})(?::|(?=\s|$))\s*([\s\S]*)$/i;

/** The command that a text starts with (`/new buy milk`, `/new: buy milk`), or null. */
export function parseCommand(text: string): Command | null {
  const [, name, rest] = COMMAND.exec(text) ?? [];
  return name === undefined ? null : { name: name.toLowerCase(), rest: rest ?? "" };
}
