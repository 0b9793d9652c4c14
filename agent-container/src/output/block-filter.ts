/** What of one block of a model's text may leave: without marks, without signs for silence, without white space around it. */
import { EndsFilter } from "./ends-filter.ts";
import type { Stretch } from "./hidden.ts";
import { MarkerFilter, type Said } from "./marker-filter.ts";

export type { Said } from "./marker-filter.ts";

/** Filters a block while it grows. What it says adds up to `filterBlock` of the whole, whatever the pieces. */
export class BlockFilter {
  readonly #markers: MarkerFilter;
  #ends = new EndsFilter();
  /** Half of a character. */
  #half = "";
  /** What would be shown, while it can turn out to belong to what the block before left open. */
  #doubtful = "";

  /** `leftOpen`: what the block before it opened and did not close. */
  constructor(leftOpen: Stretch | null = null) {
    this.#markers = new MarkerFilter(leftOpen);
  }

  /** What its first words name as the message that it replies to: an id, or "" for the one that is answered. */
  get replyTo(): string | undefined {
    return this.#markers.replyTo;
  }

  /** Whether it is a sign for silence and nothing else; known at the end. */
  get isSilent(): boolean {
    return this.#ends.isSilent;
  }

  /** What it hides and did not close; known at the end. */
  get leftOpen(): Stretch | null {
    return this.#markers.leftOpen;
  }

  append(piece: string): Said {
    const text = this.#half + piece;
    this.#half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
    return this.#pass(this.#markers.append(text.slice(0, text.length - this.#half.length)), "");
  }

  /** What was held back and may leave. */
  end(): Said {
    const { text, isAnew } = this.#markers.append(this.#half);
    const rest = this.#markers.end();
    const said = rest.isAnew ? rest : { text: text + rest.text, isAnew };
    return this.#pass(said, "end");
  }

  #pass({ text, isAnew }: Said, at: "end" | ""): Said {
    if (isAnew) {
      this.#ends = new EndsFilter();
      this.#doubtful = "";
    }
    const seen = this.#doubtful + this.#ends.append(text) + (at === "end" ? this.#ends.end() : "");
    this.#doubtful = at === "" && this.#markers.isDoubtful ? seen : "";
    return { text: this.#doubtful === "" ? seen : "", isAnew };
  }
}

/** What may leave of a whole block. */
export function filterBlock(text: string): string {
  const filter = new BlockFilter();
  const shown = filter.append(text).text;
  const rest = filter.end();
  return rest.isAnew ? rest.text : shown + rest.text;
}
