/**
 * The marks that no person is to see, as models write them into their text: tags of reasoning and of tools, special
 * tokens, directives, headings of our own prompt. What each one is, and where a text can still become one. Pure.
 */
import { ASKING_AGAIN } from "../agent/asking-again.ts";
import { CONTEXT_HEADING } from "../agent/context-block.ts";
import { FILE_HEADING, PICTURE_HEADING } from "../agent/attachments/content.ts";
import { FACTS_HEADING } from "../agent/inbound-message.ts";
import { MARK } from "../agent/quoting.ts";
import { UNSEEN } from "./blank.ts";
import { MARK_MAX, OUTPUT_BOUNDS } from "./bounds.ts";

export type Marker =
  /** `isEmpty`: it opens and closes at once. */
  | { readonly kind: "tag"; readonly family: Family; readonly move: "opens" | "closes" | "isEmpty" }
  /** A special token; `word` is the role or the channel that it names. */
  | { readonly kind: "token"; readonly name: string; readonly word: string }
  | { readonly kind: "bracket"; readonly name: string }
  /** `replyTo` is what it names, "" for the message that is answered anyway. */
  | { readonly kind: "directive"; readonly replyTo: string | null }
  /** What stands for nothing but itself. */
  | { readonly kind: "single" }
  /** The rest of its line, and what comes below, are ours as well. */
  | { readonly kind: "heading"; readonly below: Below };

/** A block of code; lines of what was said and happened; nothing of ours. */
export type Below = "fence" | "context" | "nothing";

export type Family = "reasoning" | "tool";

/** A marker and how much of the text it is; "open": more text will tell; null: none. */
export type Found = { readonly length: number; readonly marker: Marker } | "open" | null;

const { attributesMax, nameMax, directiveMax } = OUTPUT_BOUNDS;

const REASONING = "think|thinking|thoughts?|reasoning|antthinking|analysis|scratchpad";
const TOOL =
  "tool_?calls?|tool_use|tool_results?|tool_response|tool_outputs?|function_calls?|function_results?|function|invoke|" +
  "parameters?|system-reminder";
/** A namespace, as in `antml:`, or between bars. */
const PREFIX = `(?:[a-z][\\w.-]{0,${String(nameMax)}}:|[|｜][\\w▁]{1,${String(nameMax)}}[|｜])?`;
/** A blank line ends everything. Angle brackets can stand in quotes. */
const ATTRIBUTES = `(?:[^<>\\n]|\\n(?!\\n)|"[^"<>\\n]*[<>][^"\\n]*"){0,${String(attributesMax)}}`;
const NAME_ENDS = `[${UNSEEN}/=]`;

const TAG = new RegExp(`^<(/?)${PREFIX}(?:(${REASONING})|(${TOOL}))(?=${NAME_ENDS}|>)${ATTRIBUTES}>`, "i");
const OPEN_TAG = new RegExp(`^</?${PREFIX}(?:${REASONING}|${TOOL})${NAME_ENDS}${ATTRIBUTES}(?:"[^"\\n]*)?$`, "i");
const OPEN_NAME = new RegExp(`^</?[\\w.:|｜▁-]{0,${String(2 * nameMax)}}$`);
/** What programs and their help write, too: a type, as in `List<Thought>`, and a place for a name, as in `<function>`. */
const PARAMETER_OF_TYPE = /^<[A-Z][a-z]*>/;
const THINKS = /^<think(?:ing)?>/i;
const SELDOM_BARE = /^<(?:function|invoke|parameters?)>/i;

/** Gemma's, which open and close. */
const HALF_TOKEN =
  /^<(?:\|(?:channel|tool_call|tool_response|tool|turn)>|(?:channel|tool_call|tool_response|tool|turn)\|>)/;
const TOKEN = new RegExp(`^<[|｜]([\\w▁./:-]{1,${String(nameMax)}})[|｜]>`);
const OPEN_TOKEN = new RegExp(`^<[|｜][\\w▁./:-]{0,${String(nameMax)}}[|｜]?$`);
/** Tokens that a word belongs to: whose turn it is, or on which channel. */
const WORDED = new Set(["start", "im_start", "start_header_id", "channel", "turn>"]);
const WORD = /^[ \t]{0,4}([a-z]\w{0,20})(?:\.[\w.]{0,60})?(?: to=[\w.]{1,60})?(?![\w.])/;
const OPEN_WORD = /^[ \t]{0,4}(?:[a-z][\w.]{0,80}(?: (?:t(?:o(?:=[\w.]{0,60})?)?)?)?)?$/;
const WORDS = /^(?:assistant|model|user|system|developer|tool|ipython|functions|analysis|commentary|final)$/;

const SINGLE = /^<(?:\/?s|<\/?SYS>)>/;
const OPEN_SINGLE = /^<<\/?S?Y?S?>?$/;

const BRACKET = /^\[(\/?[A-Z_]{1,24})\]/;
const OPEN_BRACKET = /^\[\/?[A-Z_]{0,24}$/;
const BRACKETS = new Set(
  [
    ["TOOL_CALLS", "TOOL_CALL", "TOOL_REQUEST", "TOOL_RESULTS", "TOOL_RESULT"],
    ["AVAILABLE_TOOLS", "SYSTEM_PROMPT", "THINK", "INST"],
  ]
    .flat()
    .flatMap((name) => [name, `/${name}`, `END_${name}`]),
);

const SPACES = "[ \\t]{0,4}";
const ARGUMENT = `[^[\\]\\n]{0,${String(directiveMax)}}`;
const DIRECTIVE = new RegExp(
  `^\\[\\[${SPACES}(?:(reply_to_current)|reply_to${SPACES}:(${ARGUMENT})|audio_as_voice|/?tts(?:${SPACES}:${ARGUMENT})?)` +
    `${SPACES}\\]\\]`,
  "i",
);
const OPEN_DIRECTIVE = new RegExp(
  `^\\[\\[${SPACES}(?:/?[a-z_]{0,16}${SPACES}|(?:reply_to|tts)${SPACES}:${ARGUMENT})\\]?$`,
  "i",
);

/** Lines of our own that begin so. */
const HEADINGS: readonly { readonly start: string; readonly below: Below }[] = [
  { start: upToMark(FACTS_HEADING), below: "fence" },
  { start: upToMark(FILE_HEADING), below: "fence" },
  { start: upToMark(PICTURE_HEADING), below: "nothing" },
  { start: upToMark(CONTEXT_HEADING), below: "context" },
  { start: upToMark(ASKING_AGAIN), below: "nothing" },
];

/**
 * What begins at `at`, where nothing is known of what follows the end of `text` unless `isEnd`. `before` is the character
 * that stands before it; null: inside of what is hidden, where each tag that opens is one.
 */
export function markerAt(text: string, at: number, isEnd: boolean, before: string | null): Found {
  const piece = text.slice(at, at + MARK_MAX);
  const isWhole = isEnd || at + piece.length < text.length;
  switch (piece[0]) {
    case "<":
      return (
        tagIn(piece, before) ?? tokenIn(piece, isWhole) ?? singleIn(piece) ?? openIf(!isWhole && isOpenAngle(piece))
      );
    case "[":
      return directiveIn(piece) ?? bracketIn(piece) ?? openIf(!isWhole && isOpenBracket(piece));
    case "(":
      if (piece.startsWith(MARK)) return { length: MARK.length, marker: { kind: "heading", below: "fence" } };
      return openIf(!isWhole && MARK.startsWith(piece));
    default:
      return null;
  }
}

/** Whether there is a marker anywhere in a short text. */
export function hasMarker(text: string): boolean {
  return [...text.matchAll(/[<[(]/g)]
    .map(({ index }) => index)
    .some((at) => markerAt(text, at, true, text[at - 1] ?? "") !== null);
}

/** What begins at `at`, the beginning of a line. */
export function headingAt(text: string, at: number, isEnd: boolean): Found {
  const piece = text.slice(at, at + MARK_MAX);
  const heading = HEADINGS.find(({ start }) => piece.startsWith(start));
  if (heading) return { length: heading.start.length, marker: { kind: "heading", below: heading.below } };
  return openIf(!isEnd && piece !== "" && HEADINGS.some(({ start }) => start.startsWith(piece)));
}

/** Whether a marker could come of the end of a text, if something else followed it. */
export function endsOpen(text: string): boolean {
  return (
    openingsAt(text, "<").some(isOpenAngle) ||
    // One in quotes hides the one of its tag.
    isOpenAngle(text.slice(text.lastIndexOf("<", text.lastIndexOf('"')))) ||
    openingsAt(text, "[").some(isOpenBracket) ||
    openingsAt(text, "(").some((piece) => MARK.startsWith(piece))
  );
}

/** The end of a text from its last `char`, and from the one before if both stand together. */
function openingsAt(text: string, char: string): readonly string[] {
  const last = text.lastIndexOf(char);
  if (last === -1) return [];
  return text[last - 1] === char ? [text.slice(last), text.slice(last - 1)] : [text.slice(last)];
}

function upToMark(heading: string): string {
  return heading.slice(0, heading.indexOf(MARK) + MARK.length);
}

function openIf(isOpen: boolean): "open" | null {
  return isOpen ? "open" : null;
}

function tagIn(piece: string, before: string | null): Found {
  const [all, slash, reasoning] = TAG.exec(piece) ?? [];
  if (all === undefined || (before !== null && isOfPrograms(all, before))) return null;
  const family = reasoning === undefined ? "tool" : "reasoning";
  const opens = all.endsWith("/>") ? "isEmpty" : "opens";
  return { length: all.length, marker: { kind: "tag", family, move: slash === "/" ? "closes" : opens } };
}

function isOfPrograms(tag: string, before: string): boolean {
  return SELDOM_BARE.test(tag) || (PARAMETER_OF_TYPE.test(tag) && !THINKS.test(tag) && /\w/.test(before));
}

function tokenIn(piece: string, isWhole: boolean): Found {
  const [half] = HALF_TOKEN.exec(piece) ?? [];
  if (half !== undefined) return tokenOf(piece, half, half.replace(/^<\|?/, "").replace(/\|>$/, "|"), isWhole);
  const [all, written] = TOKEN.exec(piece) ?? [];
  return all === undefined || written === undefined ? null : tokenOf(piece, all, written, isWhole);
}

/** `all` is how it stands in the text, `written` its name. */
function tokenOf(piece: string, all: string, written: string, isWhole: boolean): Found {
  const name = written.replaceAll("▁", "_").toLowerCase();
  if (!WORDED.has(name)) return { length: all.length, marker: { kind: "token", name, word: "" } };
  const rest = piece.slice(all.length);
  if (!isWhole && OPEN_WORD.test(rest)) return "open";
  const [after = "", word = ""] = WORD.exec(rest) ?? [];
  const isKnown = WORDS.test(word);
  const length = all.length + (isKnown ? after.length : 0);
  return { length, marker: { kind: "token", name, word: isKnown ? word : "" } };
}

function singleIn(piece: string): Found {
  const [all] = SINGLE.exec(piece) ?? [];
  return all === undefined ? null : { length: all.length, marker: { kind: "single" } };
}

function bracketIn(piece: string): Found {
  const [all, name] = BRACKET.exec(piece) ?? [];
  if (all === undefined || name === undefined || !BRACKETS.has(name)) return null;
  return { length: all.length, marker: { kind: "bracket", name } };
}

function directiveIn(piece: string): Found {
  const [all, current, id] = DIRECTIVE.exec(piece) ?? [];
  if (all === undefined) return null;
  const replyTo = current === undefined ? (id?.trim() ?? null) : "";
  return { length: all.length, marker: { kind: "directive", replyTo } };
}

function isOpenAngle(piece: string): boolean {
  return [OPEN_NAME, OPEN_TAG, OPEN_TOKEN, OPEN_SINGLE].some((open) => open.test(piece));
}

function isOpenBracket(piece: string): boolean {
  return OPEN_BRACKET.test(piece) || OPEN_DIRECTIVE.test(piece);
}
