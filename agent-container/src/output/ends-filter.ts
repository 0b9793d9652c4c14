/**
 * Takes white space and signs for silence off both ends of one block of text, while it grows. In the middle they are text
 * like any other, so they are held back until something follows. Pure but for its state.
 */
import { isBlank, RUNS, seenStart } from "./blank.ts";
import { isOnlySign, isSignWord, maybeOnlySign, maybeSignWord } from "./silence.ts";

export class EndsFilter {
  /** All so far, while it can still be a sign and nothing else; null: it is more. */
  #start: string | null = "";
  /** White space and signs behind what was shown. */
  #held = "";
  /** The word behind that, while it can still be a sign; null: it is none, and is shown as it grows. */
  #word: string | null = "";
  #isShown = false;
  #hasSign = false;

  /** Whether it is a sign for silence and nothing else; known at the end. */
  get isSilent(): boolean {
    return this.#hasSign && !this.#isShown;
  }

  append(text: string): string {
    if (this.#start === null) return this.#read(text);
    this.#start = seenStart(this.#start + text);
    if (maybeOnlySign(this.#start)) return "";
    const start = this.#start;
    this.#start = null;
    return this.#read(start);
  }

  /** What was held back and is no sign. */
  end(): string {
    const start = this.#start ?? "";
    this.#start = null;
    this.#hasSign ||= isOnlySign(start);
    const shown = this.#hasSign ? "" : this.#read(start);
    return shown + this.#endWord();
  }

  #read(text: string): string {
    const shown: string[] = [];
    for (const [run] of text.matchAll(RUNS)) {
      if (isBlank(run)) {
        shown.push(this.#endWord());
        this.#hold(run);
      } else {
        shown.push(this.#growWord(run));
      }
    }
    return shown.join("");
  }

  #growWord(run: string): string {
    if (this.#word === null) return run;
    const word = this.#word + run;
    if (maybeSignWord(word)) {
      this.#word = word;
      return "";
    }
    this.#word = null;
    return this.#release(word);
  }

  /** A word is over. */
  #endWord(): string {
    const word = this.#word ?? "";
    this.#word = "";
    if (word === "" || !isSignWord(word)) return word === "" ? "" : this.#release(word);
    this.#hasSign = true;
    this.#hold(word);
    return "";
  }

  /** At the beginning it is gone for good. */
  #hold(text: string): void {
    if (this.#isShown) this.#held += text;
  }

  #release(word: string): string {
    const shown = this.#held + word;
    this.#held = "";
    this.#isShown = true;
    return shown;
  }
}
