/** What a line typed into `play.ts` means: who writes what, and where. */
import type { Said } from "./people.ts";

/** Who writes when a line does not say. */
const PERSON = 42;

const LINE = /^\s*(?:#(?<chat>-?\d{1,15})(?:\s+|$))?(?:@(?<person>\d{1,15})(?:\s+|$))?(?<text>.*)$/s;

/** Reads `[#chat] [@person] text`; null when there is no text. Ids of groups are negative. Pure. */
export function readPlayLine(line: string): Said | null {
  const { chat, person, text = "" } = LINE.exec(line)?.groups ?? {};
  if (text.trim() === "") return null;
  return { from: Number(person ?? PERSON), text: text.trim(), ...(chat !== undefined && { chat: Number(chat) }) };
}
