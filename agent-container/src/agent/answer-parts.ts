/** What tools add to an answer besides its text: files and buttons. Journalled with the result of the call that did. */
import * as v from "valibot";
import { type AnswerButton, answerButton, type AnswerFile, answerFile } from "../../../protocol/turn-event.ts";

/** Files of the workspace as they were, and rows of buttons. */
export type AnswerPart =
  | { readonly kind: "file"; readonly path: string; readonly file: AnswerFile }
  | { readonly kind: "buttons"; readonly rows: readonly (readonly AnswerButton[])[] };

const journalled = v.object({
  part: v.variant("kind", [
    v.object({ kind: v.literal("file"), path: v.string(), file: answerFile }),
    v.object({ kind: v.literal("buttons"), rows: v.array(v.array(answerButton)) }),
  ]),
});

/** The part that the details of a tool result hold, if they do. */
export function partOf(details: unknown): AnswerPart | undefined {
  const parsed = v.safeParse(journalled, details);
  return parsed.success ? parsed.output.part : undefined;
}

/** What the parts of a turn come to. */
export class AnswerParts {
  readonly #files = new Map<string, AnswerFile>();
  #rows: readonly (readonly AnswerButton[])[] = [];

  constructor(parts: Iterable<AnswerPart> = []) {
    for (const part of parts) this.add(part);
  }

  /** The same content under the same name is one file; of buttons the last ones count. */
  add(part: AnswerPart): void {
    if (part.kind === "file") this.#files.set(keyOf(part.path, part.file.hash), part.file);
    else this.#rows = part.rows;
  }

  has(path: string, hash: string): boolean {
    return this.#files.has(keyOf(path, hash));
  }

  /** In the order in which they were added. */
  get files(): readonly AnswerFile[] {
    return [...this.#files.values()];
  }

  get buttons(): readonly (readonly AnswerButton[])[] {
    return this.#rows;
  }
}

function keyOf(path: string, hash: string): string {
  return `${hash}/${path}`;
}
