/** The text of one answer: as it grows, as it ends, and where it is cut. Only what a person may see of it is in it. */
import { LOOP_BOUNDS } from "../agent/bounds.ts";
import { BlockFilter, type Said } from "../output/block-filter.ts";
import type { Stretch } from "../output/hidden.ts";

/** Ends an answer that is longer than one can be. */
const TOO_LONG_MARK = "\n\n(cut: the answer became too long)";

/** More of an answer. `isAnew`: what was shown of it before is void, and `AnswerText.text` is what there is. */
export type Shown = Said;

/** What an answer says besides its text. */
type Asides = {
  /** The model gave the sign for silence. */
  readonly isSilent: boolean;
  /** What its first words name as the message that it replies to: an id, or "" for the one that is answered. */
  readonly replyTo: string | undefined;
};

/**
 * The text of an answer while it grows: every text block of the turn, filtered and trimmed, joined by a blank line. What
 * is streamed adds up to exactly that, so whatever may not be text is held back until it is known.
 * What goes beyond the longest answer is dropped and marked.
 */
export class AnswerText {
  #settled = "";
  #current = "";
  #block: BlockFilter | undefined;
  #asides: Asides = { isSilent: false, replyTo: undefined };
  /** What the last block hid and did not close: it can go on in the next one. */
  #leftOpen: Stretch | null = null;
  #mark = { text: "", asides: this.#asides, leftOpen: this.#leftOpen };

  /** Everything so far, as `final` would say it now. */
  get text(): string {
    return this.#settled + this.#current;
  }

  get asides(): Asides {
    return { ...this.#asides, replyTo: this.#replyTo };
  }

  get #replyTo(): string | undefined {
    return this.#asides.replyTo ?? (this.#settled === "" ? this.#block?.replyTo : undefined);
  }

  /** Takes a piece of the current block; returns what to show of it, perhaps nothing. */
  append(piece: string): Shown {
    this.#block ??= new BlockFilter(this.#leftOpen);
    return this.#say(this.#block.append(piece));
  }

  /** Ends a block: the next piece starts a new paragraph. Returns what was held back of it. */
  endBlock(): Shown {
    const block = this.#block;
    if (block === undefined) return { text: "", isAnew: false };
    const shown = this.#say(block.end());
    this.#asides = { isSilent: this.#asides.isSilent || block.isSilent, replyTo: this.#replyTo };
    this.#leftOpen = block.leftOpen;
    this.#settled += this.#current;
    this.#current = "";
    this.#block = undefined;
    return shown;
  }

  /** Marks what there is as final: `rollBack` returns here. */
  settle(): Shown {
    const shown = this.endBlock();
    this.#mark = { text: this.#settled, asides: this.#asides, leftOpen: this.#leftOpen };
    return shown;
  }

  /** Takes back everything since the last `settle`: the try of the model that said it failed. */
  rollBack(): void {
    this.#settled = this.#mark.text;
    this.#asides = this.#mark.asides;
    this.#leftOpen = this.#mark.leftOpen;
    this.#current = "";
    this.#block = undefined;
  }

  /** Starts from the finished blocks of an earlier process. */
  static from(blocks: readonly string[]): AnswerText {
    const answer = new AnswerText();
    for (const block of blocks) {
      answer.append(block);
      answer.endBlock();
    }
    answer.settle();
    return answer;
  }

  #say({ text, isAnew }: Said): Shown {
    const isTaken = isAnew && this.#current !== "";
    if (isAnew) this.#current = "";
    if (text === "" || this.text.length > LOOP_BOUNDS.answerTextMax) return { text: "", isAnew: isTaken };
    const whole = this.#current === "" && this.#settled !== "" ? `\n\n${text}` : text;
    const shown = cut(whole, LOOP_BOUNDS.answerTextMax - this.text.length);
    this.#current += shown;
    return { text: shown, isAnew: isTaken };
  }
}

/** The text of finished blocks: what `AnswerText` gives for them. */
export function joinBlocks(blocks: readonly string[]): string {
  return AnswerText.from(blocks).text;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const isHalf = /[\ud800-\udbff]/.test(text.slice(0, most).at(-1) ?? "");
  return text.slice(0, isHalf ? most - 1 : most) + TOO_LONG_MARK;
}
