/**
 * Takes the marks that no person is to see out of one block of text, while it grows. What comes out is the same whatever
 * the pieces; a mark is held back until it is known to be one, and what cannot be one any more is text. In code
 * everything stays. Pure but for its state.
 */
import { CONTEXT_LABEL } from "../agent/context-block.ts";
import { isBlank, UNSEEN } from "./blank.ts";
import { MARK_MAX, OUTPUT_BOUNDS } from "./bounds.ts";
import { closes, closesAnywhere, type Code, codeAt, type Fence, FENCE_LINE_MAX, hasPlaceForCode } from "./code.ts";
import { type Container, containerBehind, isWithin, itemOf, NO_CONTAINER } from "./containers.ts";
import { after, closesLeftOpen, type Stretch, stretchOf } from "./hidden.ts";
import { type Below, headingAt, type Found, type Marker, markerAt, endsOpen, hasMarker } from "./markers.ts";

/** More of a block. `isAnew`: instead of all that was said of it before. */
export type Said = { readonly text: string; readonly isAnew: boolean };

type Mode =
  | { readonly kind: "text" }
  /** `line` is the beginning of its current line; null: of the one that opened it. */
  | { readonly kind: "code"; readonly fence: Fence; readonly line: string | null; readonly isShown: boolean }
  | { readonly kind: "hidden"; readonly stretch: Stretch }
  /** The rest of a line of our prompt. */
  | { readonly kind: "line"; readonly below: Below }
  /** The beginning of the line below one. */
  | { readonly kind: "below"; readonly below: Exclude<Below, "nothing"> };

const TEXT: Mode = { kind: "text" };
/** What can begin something. Line ends do, as headings stand at the beginning of a line. */
const SPECIAL = /[\n<[(`~]/g;
/** Where the words of a line begin, behind indents and marks of quotes. */
const LINE = /[^ \t>]/g;
const IN_HIDDEN = /[<[]/g;
/** Lines of a context block, and how much of a line tells. */
const CONTEXT_LINE = /^(?:- |What was said:|What happened:|\(\d{1,6} older )/;
/** Would join what follows a mark to what stands before it, and could make another mark of both. */
const APART = "\n\n";
/** What stands between a mark and the end of its line, if nothing can be seen of it. */
const REST_OF_LINE = new RegExp(`^(?:(?!\\n)[${UNSEEN}]){0,${String(OUTPUT_BOUNDS.restOfLineMax)}}`);

export class MarkerFilter {
  /** What is not decided. */
  #text = "";
  #mode: Mode = TEXT;
  /** What was shown of the current line, and at last: as much as can matter. */
  #line = "";
  #tail = "";
  /** Where the words of the last item of a list stand. */
  #item: number | null = null;
  /** It is not certain any more which marks begin a block of code, and which end one. */
  #isUncertain = false;
  /** What is shown next must not touch what was shown last. */
  #isApart = false;
  /** All so far was reasoning, if anything follows. */
  #wasReasoning = false;
  #said = { text: "", isAnew: false };
  #hasWords = false;
  #replyTo: string | undefined;
  /** What the block before left open, until it is closed. */
  #leftOpen: Stretch | null;

  constructor(leftOpen: Stretch | null) {
    this.#leftOpen = leftOpen;
  }

  /** Whether what was said can still turn out to belong to what the block before left open. */
  get isDoubtful(): boolean {
    return this.#leftOpen !== null || this.#wasReasoning;
  }

  /** What is hidden and not closed: by this block, or, if it says nothing, by the one before. */
  get leftOpen(): Stretch | null {
    if (this.#mode.kind === "hidden") return this.#mode.stretch;
    return this.#hasWords ? null : this.#leftOpen;
  }

  /** What its first words name as the message that it replies to: an id, or "" for the one that is answered. */
  get replyTo(): string | undefined {
    return this.#replyTo;
  }

  append(piece: string): Said {
    this.#text += piece;
    return this.#drain(false);
  }

  /** What was held back and is no mark. Reasoning that nothing followed is no answer. */
  end(): Said {
    const said = this.#drain(true);
    return this.#wasReasoning ? { text: "", isAnew: true } : said;
  }

  #drain(isEnd: boolean): Said {
    this.#said = { text: "", isAnew: false };
    let at = 0;
    for (let next = this.#step(at, isEnd); next > at; next = this.#step(at, isEnd)) at = next;
    this.#text = this.#text.slice(at);
    return this.#said;
  }

  /** Goes on at `at`; returns how far, or `at` when more text is needed. */
  #step(at: number, isEnd: boolean): number {
    if (at >= this.#text.length) return at;
    switch (this.#mode.kind) {
      case "text":
        return this.#readText(at, isEnd);
      case "code":
        return this.#readCode(at, this.#mode, isEnd);
      case "hidden":
        return this.#readHidden(at, this.#mode.stretch, isEnd);
      case "line":
        return this.#readLine(at, this.#mode.below);
      case "below":
        return this.#readBelow(at, this.#mode.below, isEnd);
    }
  }

  #readText(at: number, isEnd: boolean): number {
    const text = this.#text;
    if (/^[ \t>]*$/.test(this.#line)) {
      const heading = headingAt(text, at, isEnd);
      if (heading !== null) return this.#take(at, heading, isEnd);
      const start = indexOf(LINE, text, at);
      if (start > at) return this.#show(at, start);
    }
    const special = indexOf(SPECIAL, text, at);
    const char = text[special];
    const plain = char === "\n" ? special + 1 : special;
    if (plain > at) return this.#show(at, plain);
    if (char === "`" || char === "~") return this.#readRun(at, isEnd);
    const found = markerAt(text, at, isEnd, this.#tail.at(-1) ?? "");
    return found === null ? this.#show(at, at + 1) : this.#take(at, found, isEnd);
  }

  /** A run of backticks or tildes. */
  #readRun(at: number, isEnd: boolean): number {
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(this.#tail)) return this.#show(at, at + 1);
    const container = this.#isUncertain ? null : containerBehind(this.#line, this.#item);
    const code = codeAt(this.#text, at, container !== null, isEnd);
    if (code === "open") return at;
    if (code.kind === "span" && !hasPlaceForCode(this.#tail)) return this.#show(at, at + code.run);
    if (code.kind !== "fence") return this.#show(at, at + code.length);
    const { run, info } = code;
    this.#mode = openedBy(code, this.#text[at], container ?? NO_CONTAINER, true);
    this.#show(at, at + run);
    // Apps show it as text unless it names a language.
    return hasMarker(info) ? at + run + info.length : this.#show(at + run, at + run + info.length);
  }

  #readCode(at: number, mode: Extract<Mode, { kind: "code" }>, isEnd: boolean): number {
    const end = lineEnd(this.#text, at);
    const isWhole = this.#text[end - 1] === "\n";
    const line = ((mode.line ?? "") + this.#text.slice(at, end)).slice(0, FENCE_LINE_MAX);
    const isBeginning = mode.isShown && mode.line === "";
    const isKnown = isWhole || isEnd || line.length === FENCE_LINE_MAX;
    const isIn = isBeginning ? isWithin(line, mode.fence.container, isKnown) : true;
    if (isIn === "open") return at;
    if (isIn !== true) {
      this.#endCode(isIn === "doubtful");
      return this.#step(at, isEnd);
    }
    if (isWhole) this.#endCodeLine(line, mode);
    else this.#mode = { ...mode, line: mode.line === null ? null : line };
    return mode.isShown ? this.#show(at, end) : end;
  }

  #endCodeLine(line: string, mode: Extract<Mode, { kind: "code" }>): void {
    this.#mode = { ...mode, line: "" };
    if (mode.line === null) return;
    const isClosed = mode.isShown ? closes(line, mode.fence) : closesAnywhere(line, mode.fence);
    if (isClosed !== false) this.#endCode(isClosed === "doubtful");
  }

  #endCode(isDoubtful: boolean): void {
    this.#mode = TEXT;
    this.#isUncertain ||= isDoubtful;
  }

  #readHidden(at: number, stretch: Stretch, isEnd: boolean): number {
    const special = indexOf(IN_HIDDEN, this.#text, at);
    if (special > at) return special;
    const found = markerAt(this.#text, at, isEnd, null);
    if (found === "open") return at;
    if (found === null) return at + 1;
    const left = after(stretch, found.marker);
    this.#mode = left === null ? TEXT : { kind: "hidden", stretch: left };
    // The beginning of another message ends this one.
    if (left === null && stretch.kind === "tokens") this.#open(found.marker);
    return at + found.length;
  }

  #readLine(at: number, below: Below): number {
    const end = lineEnd(this.#text, at);
    if (this.#text[end - 1] !== "\n") return end;
    this.#mode = below === "nothing" ? TEXT : { kind: "below", below };
    return isBlank(this.#line) ? end : this.#show(end - 1, end);
  }

  #readBelow(at: number, below: "fence" | "context", isEnd: boolean): number {
    const line = this.#text.slice(at, lineEnd(this.#text, at));
    const start = /^[ \t>]{0,20}/.exec(line)?.[0].length ?? 0;
    const words = line.slice(start);
    if (!isEnd && !words.endsWith("\n") && words.length < CONTEXT_LABEL.length) return at;
    if (below === "fence") return this.#readFenceBelow(at, at + start, isEnd);
    const isLast = words.startsWith(CONTEXT_LABEL);
    const isOurs = isLast || CONTEXT_LINE.test(words);
    this.#mode = isOurs ? { kind: "line", below: isLast ? "nothing" : below } : TEXT;
    return this.#step(at, isEnd);
  }

  #readFenceBelow(lineAt: number, at: number, isEnd: boolean): number {
    const char = this.#text[at];
    const code = char === "`" || char === "~" ? codeAt(this.#text, at, true, isEnd) : null;
    if (code === "open") return lineAt;
    if (code?.kind !== "fence") {
      this.#mode = TEXT;
      return this.#step(lineAt, isEnd);
    }
    this.#mode = openedBy(code, char, NO_CONTAINER, false);
    return at + code.run + code.info.length;
  }

  /** Takes a mark out, and with it what it opens. */
  #take(at: number, found: Exclude<Found, null>, isEnd: boolean): number {
    if (found === "open") return at;
    const end = at + found.length;
    if (this.#leftOpen !== null && closesLeftOpen(this.#leftOpen, found.marker)) {
      this.#leftOpen = after(this.#leftOpen, found.marker);
      this.#endReasoning();
    } else if (closesReasoning(found.marker)) {
      // Models leave out the tag that opens their reasoning. In the middle of a line, somebody only speaks of it.
      const isAlone = isBlank(this.#line) ? true : this.#endsLine(end, isEnd);
      if (isAlone === "open") return at;
      if (isAlone) this.#endReasoning();
    }
    if (/[`~]$/.test(this.#tail) || endsOpen(this.#tail)) this.#setApart();
    this.#open(found.marker);
    return end;
  }

  #open(marker: Marker): void {
    const stretch = stretchOf(marker);
    if (stretch !== null) this.#mode = { kind: "hidden", stretch };
    if (marker.kind === "heading") this.#mode = { kind: "line", below: marker.below };
    if (marker.kind === "directive" && marker.replyTo !== null && !this.#hasWords) this.#replyTo ??= marker.replyTo;
  }

  #endsLine(from: number, isEnd: boolean): boolean | "open" {
    const rest = REST_OF_LINE.exec(this.#text.slice(from, from + OUTPUT_BOUNDS.restOfLineMax))?.[0].length ?? 0;
    if (from + rest < this.#text.length) return this.#text[from + rest] === "\n";
    return isEnd || (rest < OUTPUT_BOUNDS.restOfLineMax && "open");
  }

  #endReasoning(): void {
    this.#wasReasoning = true;
    this.#hasWords = false;
  }

  #setApart(): void {
    this.#isApart = true;
    this.#endLine();
    this.#line = "";
    this.#tail = APART;
  }

  #show(from: number, to: number): number {
    const piece = this.#text.slice(from, to);
    const hasWords = !isBlank(piece);
    if (this.#wasReasoning && hasWords) {
      this.#wasReasoning = false;
      this.#isApart = false;
      this.#said = { text: "", isAnew: true };
      this.#line = "";
      this.#tail = "";
      this.#item = null;
      this.#isUncertain = false;
    }
    const shown = this.#isApart ? APART + piece : piece;
    this.#isApart = false;
    this.#hasWords ||= hasWords;
    this.#said = { ...this.#said, text: this.#said.text + shown };
    this.#tail = (this.#tail + shown.slice(-MARK_MAX)).slice(-MARK_MAX);
    const lines = shown.split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      this.#line += line;
      this.#endLine();
    }
    this.#line = (this.#line + last).slice(0, FENCE_LINE_MAX);
    return to;
  }

  #endLine(): void {
    this.#item = itemOf(this.#line.slice(0, FENCE_LINE_MAX)) ?? this.#item;
    this.#line = "";
  }
}

function closesReasoning(marker: Marker): boolean {
  return marker.kind === "tag" && marker.family === "reasoning" && marker.move === "closes";
}

function openedBy(
  { run }: Extract<Code, { kind: "fence" }>,
  char: string | undefined,
  container: Container,
  isShown: boolean,
): Mode {
  return { kind: "code", fence: { char: char === "~" ? "~" : "`", run, container }, line: null, isShown };
}

function indexOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found === null ? text.length : found.index;
}

/** After the end of the line, or the end of the text. */
function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end + 1;
}
