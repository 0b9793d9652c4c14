/** The text of one answer: as it grows, as it ends, and where it is cut. */
import { LOOP_BOUNDS } from "../agent/bounds.ts";

/** Ends an answer that is longer than one can be. */
const TOO_LONG_MARK = "\n\n(cut: the answer became too long)";

/**
 * The text of an answer while it grows: every text block of the turn, trimmed, joined by a blank line. What is
 * streamed adds up to exactly that, so white space is held back until it is known not to be at an end.
 * What goes beyond the longest answer is dropped and marked.
 */
export class AnswerText {
  #settled = "";
  #current = "";
  #heldSpace = "";
  #mark = "";

  /** Everything so far, as `final` would say it now. */
  get text(): string {
    return this.#settled + this.#current;
  }

  /** Takes a piece of the current block; returns what to show of it, perhaps nothing. */
  append(piece: string): string {
    if (this.text.length > LOOP_BOUNDS.answerTextMax) return ""; // the mark is there already
    const text = this.#heldSpace + piece;
    const from = this.#current === "" ? text.trimStart() : text;
    const visible = from.trimEnd();
    if (visible === "") {
      this.#heldSpace = this.#current === "" ? "" : from;
      return "";
    }
    this.#heldSpace = from.slice(visible.length);
    const whole = this.#current === "" && this.#settled !== "" ? `\n\n${visible}` : visible;
    const shown = cut(whole, LOOP_BOUNDS.answerTextMax - this.text.length);
    this.#current += shown;
    return shown;
  }

  /** Ends a block: the next piece starts a new paragraph. */
  endBlock(): void {
    this.#settled += this.#current;
    this.#current = "";
    this.#heldSpace = "";
  }

  /** Marks what there is as final: `rollBack` returns here. */
  settle(): void {
    this.endBlock();
    this.#mark = this.#settled;
  }

  /** Takes back everything since the last `settle`: the try of the model that said it failed. */
  rollBack(): void {
    this.#settled = this.#mark;
    this.#current = "";
    this.#heldSpace = "";
  }

  /** Starts from the text of an earlier process. */
  static from(text: string): AnswerText {
    const answer = new AnswerText();
    answer.#settled = text;
    answer.#mark = text;
    return answer;
  }
}

/** The text of finished blocks: what `AnswerText` gives for them. */
export function joinBlocks(blocks: readonly string[]): string {
  const text = blocks
    .map((block) => block.trim())
    .filter((block) => block !== "")
    .join("\n\n");
  return cut(text, LOOP_BOUNDS.answerTextMax);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most) + TOO_LONG_MARK;
}
