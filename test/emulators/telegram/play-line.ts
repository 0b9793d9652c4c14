/** What a line typed into `play.ts` means: who writes what, and where, or what goes wrong. */
import type { Said } from "./content.ts";

export type PlayLine =
  | { readonly kind: "say"; readonly said: Said }
  /** The person blocks the bot, or no longer. */
  | { readonly kind: "block"; readonly chat: number; readonly isBlocked: boolean }
  /** The next messages to a chat arrive there, and the connection breaks before the bot hears of it. */
  | { readonly kind: "cut"; readonly chat: number; readonly times: number };

/** Who writes when a line does not say. */
const PERSON = 42;

const FAULT = /^\s*!(?<what>block|unblock|cut)\s+(?<chat>-?\d{1,15})(?:\s+(?<times>\d{1,3}))?\s*$/;
const LINE = /^\s*(?:#(?<chat>-?\d{1,15})(?:\s+|$))?(?:@(?<person>\d{1,15})(?:\s+|$))?(?<text>.*)$/s;

/** Reads `[#chat] [@person] text` or `!fault chat`; null when there is no text. Ids of groups are negative. Pure. */
export function readPlayLine(line: string): PlayLine | null {
  const { what, chat: place, times } = FAULT.exec(line)?.groups ?? {};
  if (what === "cut") return { kind: "cut", chat: Number(place), times: Number(times ?? 1) };
  if (what !== undefined) return { kind: "block", chat: Number(place), isBlocked: what === "block" };
  const { chat, person, text = "" } = LINE.exec(line)?.groups ?? {};
  if (text.trim() === "") return null;
  const said = { from: Number(person ?? PERSON), text: text.trim(), ...(chat !== undefined && { chat: Number(chat) }) };
  return { kind: "say", said };
}
