/** What a line typed into `play.ts` means: who writes, sends or does what, and where, or what goes wrong. */

/** Who does something, and where; without a chat in their private one. */
type Place = { readonly from: number; readonly chat?: number };

export type PlayLine =
  | ({ readonly kind: "say"; readonly text: string; readonly replyTo?: number } & Place)
  /** A file on this machine, or something made up. */
  | ({
      readonly kind: "file";
      readonly as: "photo" | "document";
      readonly path: string | null;
      readonly caption: string;
    } & Place)
  /** So many made up photos at once. */
  | ({ readonly kind: "album"; readonly count: number; readonly caption: string } & Place)
  | ({ readonly kind: "react"; readonly messageId: number; readonly emojis: readonly string[] } & Place)
  /** Presses the button with that label. */
  | ({ readonly kind: "press"; readonly messageId: number; readonly label: string } & Place)
  | ({ readonly kind: "edit"; readonly messageId: number; readonly text: string } & Place)
  /** A person comes or goes; without one the bot is let in or removed. */
  | { readonly kind: "join" | "leave"; readonly chat: number; readonly who: number | null }
  /** The person blocks the bot, or no longer. */
  | { readonly kind: "block"; readonly chat: number; readonly isBlocked: boolean }
  /** The next messages to a chat arrive there, and the connection breaks before the bot hears of it. */
  | { readonly kind: "cut"; readonly chat: number; readonly times: number }
  /** No verb, or one without what it needs: the forms that would have been right. */
  | { readonly kind: "unknown"; readonly said: string; readonly known: readonly string[] };

/** What can be typed besides messages. */
const FORMS = [
  "!photo [./file] [caption]",
  "!doc [./file] [caption]",
  "!album 2-10 [caption]",
  "!reply <message> <text>",
  "!react <message> [emoji ...]",
  "!press <message> <button>",
  "!edit <message> <text>",
  "#<group> [@<person>] !join",
  "#<group> [@<person>] !leave",
  "!block <chat>",
  "!unblock <chat>",
  "!cut <chat> [times]",
] as const;

/** Who writes when a line does not say. */
const PERSON = 42;

const FAULT = /^\s*!(?<what>block|unblock|cut)\s+(?<chat>-?\d{1,15})(?:\s+(?<times>\d{1,3}))?\s*$/;
const LINE = /^\s*(?:#(?<chat>-?\d{1,15})(?:\s+|$))?(?:@(?<person>\d{1,15})(?:\s+|$))?(?<text>.*)$/s;
/** Something done to a message, with its id. */
const TO_MESSAGE = /^!(?<verb>react|press|edit|reply)\s+(?<id>\d{1,9})(?:\s+(?<words>.+))?$/s;
const FILE = /^!(?<verb>photo|doc)(?:\s+(?<path>\.{0,2}\/\S+))?(?:\s+(?<caption>.+))?$/s;
/** "sendMediaGroup": 2-10 items. */
const ALBUM = /^!album\s+(?<count>[2-9]|10)(?:\s+(?<caption>.+))?$/s;
/** A message may begin with an exclamation mark, but hardly with one before a word. */
const VERB = /^!\p{L}+/u;
const MEMBER = /^!(?<verb>join|leave)$/;

/** Reads `[#chat] [@person] text`, the same with `!verb`, or `!fault chat`; null when there is no text. Pure. */
export function readPlayLine(line: string): PlayLine | null {
  const fault = readFault(line);
  if (fault) return fault;
  const { chat, person, text: words = "" } = LINE.exec(line)?.groups ?? {};
  const text = words.trim();
  if (text === "") return null;
  const at = { from: Number(person ?? PERSON), ...(chat !== undefined && { chat: Number(chat) }) };
  return readMember(text, Number(chat ?? at.from), person) ?? readVerb(text, at) ?? { kind: "say", text, ...at };
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
  return readFile(text, at) ?? readToMessage(text, at) ?? readUnknown(text);
}

function readFile(text: string, at: Place): PlayLine | null {
  const { verb, path = null, caption = "" } = FILE.exec(text)?.groups ?? {};
  if (verb !== undefined) return { kind: "file", as: verb === "doc" ? "document" : "photo", path, caption, ...at };
  const album = ALBUM.exec(text)?.groups;
  return album ? { kind: "album", count: Number(album["count"]), caption: album["caption"] ?? "", ...at } : null;
}

function readUnknown(text: string): PlayLine | null {
  const said = VERB.exec(text)?.[0];
  if (said === undefined) return null;
  const forms = FORMS.filter((form) => form.split(" ").includes(said));
  return { kind: "unknown", said: forms.length > 0 ? text : said, known: forms.length > 0 ? forms : FORMS };
}

function readToMessage(text: string, at: Place): PlayLine | null {
  const { verb, id, words = "" } = TO_MESSAGE.exec(text)?.groups ?? {};
  const messageId = Number(id);
  switch (verb) {
    case "react":
      return { kind: "react", messageId, emojis: words.split(/\s+/u).filter(Boolean), ...at };
    case "press":
      return words === "" ? null : { kind: "press", messageId, label: words, ...at };
    case "edit":
      return words === "" ? null : { kind: "edit", messageId, text: words, ...at };
    case "reply":
      return words === "" ? null : { kind: "say", text: words, replyTo: messageId, ...at };
    default:
      return null;
  }
}
