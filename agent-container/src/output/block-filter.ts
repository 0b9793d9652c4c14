/** What of one block of a model's text may leave: without marks, without signs for silence, without white space around it. */
import { EndsFilter } from "./ends-filter.ts";
import { MarkerFilter, type Said } from "./marker-filter.ts";

export type { Said } from "./marker-filter.ts";

/** Filters a block while it grows. What it says adds up to `filterBlock` of the whole, whatever the pieces. */
export class BlockFilter {
  readonly #markers = new MarkerFilter();
  #ends = new EndsFilter();

  /** What its first words name as the message that it replies to: an id, or "" for the one that is answered. */
  get replyTo(): string | undefined {
    return this.#markers.replyTo;
  }

  /** Whether it is a sign for silence and nothing else; known at the end. */
  get isSilent(): boolean {
    return this.#ends.isSilent;
  }

  append(piece: string): Said {
    return this.#pass(this.#markers.append(piece));
  }

  /** What was held back and may leave. */
  end(): Said {
    const { text, isAnew } = this.#pass(this.#markers.end());
    return { text: text + this.#ends.end(), isAnew };
  }

  #pass({ text, isAnew }: Said): Said {
    if (isAnew) this.#ends = new EndsFilter();
    return { text: this.#ends.append(text), isAnew };
  }
}

/** What may leave of a whole block. */
export function filterBlock(text: string): string {
  const filter = new BlockFilter();
  const shown = filter.append(text).text;
  const rest = filter.end();
  return rest.isAnew ? rest.text : shown + rest.text;
}
