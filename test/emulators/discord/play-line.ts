/** What a line typed into `play.ts` means: who writes or does what, and where. */

/** Who does something, and where; without a place in their conversation with the bot. */
type Who = { readonly from: string; readonly place: string | null };

export type PlayLine =
  | ({ readonly kind: "say"; readonly text: string; readonly replyTo?: number } & Who)
  | ({ readonly kind: "file"; readonly path: string; readonly caption: string } & Who)
  | ({ readonly kind: "command"; readonly name: string; readonly rest: string } & Who)
  /** What is suggested for what is typed so far. */
  | ({ readonly kind: "type"; readonly name: string; readonly rest: string } & Who)
  | ({ readonly kind: "menu"; readonly message: number; readonly name: string } & Who)
  | ({ readonly kind: "press"; readonly message: number; readonly label: string } & Who)
  | ({ readonly kind: "react"; readonly message: number; readonly emoji: string } & Who)
  | ({ readonly kind: "edit"; readonly message: number; readonly text: string } & Who)
  | ({ readonly kind: "delete"; readonly message: number } & Who)
  | ({ readonly kind: "thread"; readonly message: number; readonly name: string } & Who)
  /** The person takes no direct messages, or again. */
  | ({ readonly kind: "block"; readonly isBlocked: boolean } & Who)
  /** The next message of the bot arrives, and the connection breaks before it hears of it. */
  | { readonly kind: "cut" }
  /** No verb, or one without what it needs. */
  | { readonly kind: "unknown"; readonly said: string };

/** What can be typed besides messages. */
export const FORMS: readonly string[] = [
  "/<command> [text]",
  "?<command> <typed so far>",
  "!reply <message> <text>",
  "!file <path> [text]",
  "!menu <message> <command>",
  "!press <message> <button>",
  "!react <message> <emoji>",
  "!edit <message> <text>",
  "!delete <message>",
  "!thread <message> <name>",
  "!block",
  "!unblock",
  "!cut",
];

/** Who writes when a line does not say. */
const PERSON = "42";
const LINE = /^\s*(?:#(?<place>\S+)\s+)?(?:@(?<from>\d{1,19})\s+)?(?<text>.*?)\s*$/su;
const TO_MESSAGE = /^!(?<verb>reply|menu|press|react|edit|delete|thread)\s+(?<number>\d{1,9})(?:\s+(?<words>.+))?$/su;
const FILE = /^!file\s+(?<path>\S+)(?:\s+(?<caption>.+))?$/su;
const COMMAND = /^(?<mark>[/?])(?<name>[\p{L}\p{N}_-]+)(?:\s+(?<rest>.+))?$/su;

/** Reads `[#place] [@person] text`; null when there is nothing. Pure. */
export function readPlayLine(line: string): PlayLine | null {
  const { place = null, from = PERSON, text = "" } = LINE.exec(line)?.groups ?? {};
  if (text === "") return null;
  const who = { from, place };
  return readCommand(text, who) ?? readToMessage(text, who) ?? readVerb(text, who) ?? { kind: "say", text, ...who };
}

function readCommand(text: string, who: Who): PlayLine | null {
  const { mark, name, rest = "" } = COMMAND.exec(text)?.groups ?? {};
  if (name === undefined) return null;
  return { kind: mark === "/" ? "command" : "type", name, rest, ...who };
}

function readToMessage(text: string, who: Who): PlayLine | null {
  const { verb, number, words = "" } = TO_MESSAGE.exec(text)?.groups ?? {};
  if (verb === undefined) return null;
  const to = { message: Number(number), ...who };
  if (verb === "delete") return { kind: "delete", ...to };
  if (words === "") return { kind: "unknown", said: text };
  switch (verb) {
    case "reply":
      return { kind: "say", text: words, replyTo: to.message, ...who };
    case "menu":
    case "thread":
      return { kind: verb, name: words, ...to };
    case "press":
      return { kind: "press", label: words, ...to };
    case "react":
      return { kind: "react", emoji: words, ...to };
    default:
      return { kind: "edit", text: words, ...to };
  }
}

function readVerb(text: string, who: Who): PlayLine | null {
  const { path, caption = "" } = FILE.exec(text)?.groups ?? {};
  if (path !== undefined) return { kind: "file", path, caption, ...who };
  if (text === "!block" || text === "!unblock") return { kind: "block", isBlocked: text === "!block", ...who };
  if (text === "!cut") return { kind: "cut" };
  return /^!\p{L}/u.test(text) ? { kind: "unknown", said: text } : null;
}
