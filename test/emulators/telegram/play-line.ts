/** What a line typed into `play.ts` means: who writes, sends or does what, and where, or what goes wrong. */
import type { Said } from "./content.ts";

/** Who does something, and where; without a chat in their private one. */
type Place = { readonly from: number; readonly chat?: number };

export type PlayLine =
  | { readonly kind: "say"; readonly said: Said }
  /** A photo of a file on this machine, or of nothing much. */
  | ({ readonly kind: "photo"; readonly path: string | null; readonly caption: string } & Place)
  | ({ readonly kind: "react"; readonly messageId: number; readonly emojis: readonly string[] } & Place)
  /** Presses the button with that label. */
  | ({ readonly kind: "press"; readonly messageId: number; readonly label: string } & Place)
  | ({ readonly kind: "edit"; readonly messageId: number; readonly text: string } & Place)
  /** A person comes or goes; without one the bot is let in or removed. */
  | { readonly kind: "join" | "leave"; readonly chat: number; readonly who: number | null }
  /** The person blocks the bot, or no longer. */
  | { readonly kind: "block"; readonly chat: number; readonly isBlocked: boolean }
  /** The next messages to a chat arrive there, and the connection breaks before the bot hears of it. */
  | { readonly kind: "cut"; readonly chat: number; readonly times: number };

/** Who writes when a line does not say. */
const PERSON = 42;

const FAULT = /^\s*!(?<what>block|unblock|cut)\s+(?<chat>-?\d{1,15})(?:\s+(?<times>\d{1,3}))?\s*$/;
const LINE = /^\s*(?:#(?<chat>-?\d{1,15})(?:\s+|$))?(?:@(?<person>\d{1,15})(?:\s+|$))?(?<text>.*)$/s;
/** Something done to a message, with its id. */
const TO_MESSAGE = /^!(?<verb>react|press|edit)\s+(?<id>\d{1,9})(?:\s+(?<words>.+))?$/s;
const PHOTO = /^!photo(?:\s+(?<path>\.{0,2}\/\S+))?(?:\s+(?<caption>.+))?$/s;
const MEMBER = /^!(?<verb>join|leave)$/;

/** Reads `[#chat] [@person] text`, the same with `!verb`, or `!fault chat`; null when there is no text. Pure. */
export function readPlayLine(line: string): PlayLine | null {
  const fault = readFault(line);
  if (fault) return fault;
  const { chat, person, text: words = "" } = LINE.exec(line)?.groups ?? {};
  const text = words.trim();
  if (text === "") return null;
  const at = { from: Number(person ?? PERSON), ...(chat !== undefined && { chat: Number(chat) }) };
  return (
    readMember(text, Number(chat ?? at.from), person) ?? readVerb(text, at) ?? { kind: "say", said: { ...at, text } }
  );
}

function readFault(line: string): PlayLine | null {
  const { what, chat, times } = FAULT.exec(line)?.groups ?? {};
  if (what === undefined) return null;
  if (what === "cut") return { kind: "cut", chat: Number(chat), times: Number(times ?? 1) };
  return { kind: "block", chat: Number(chat), isBlocked: what === "block" };
}

function readMember(text: string, chat: number, person: string | undefined): PlayLine | null {
  const verb = MEMBER.exec(text)?.groups?.["verb"];
  if (verb === undefined) return null;
  // Into a private chat nobody comes but the bot.
  const who = person === undefined || chat > 0 ? null : Number(person);
  return { kind: verb === "join" ? "join" : "leave", chat, who };
}

function readVerb(text: string, at: Place): PlayLine | null {
  const photo = PHOTO.exec(text)?.groups;
  if (photo) return { kind: "photo", path: photo["path"] ?? null, caption: photo["caption"] ?? "", ...at };
  const { verb, id, words = "" } = TO_MESSAGE.exec(text)?.groups ?? {};
  const messageId = Number(id);
  switch (verb) {
    case "react":
      return { kind: "react", messageId, emojis: words.split(/\s+/u).filter(Boolean), ...at };
    case "press":
      return words === "" ? null : { kind: "press", messageId, label: words, ...at };
    case "edit":
      return words === "" ? null : { kind: "edit", messageId, text: words, ...at };
    default:
      return null;
  }
}
