/** What a heartbeat says in the end: nothing at all, unless there is something that its owner is to be told. Pure. */
import type { AnswerParts } from "../agent/answer-parts.ts";
import type { Answer } from "../agent/ledger.ts";
import { isBlank } from "../output/blank.ts";
import type { Stretch } from "../output/hidden.ts";
import { cleanFileName } from "../output/labels.ts";
import { MarkerFilter } from "../output/marker-filter.ts";
import { heartbeatAlert } from "../output/silence.ts";
import { AnswerText } from "./answer-text.ts";

/** `blocks`: the finished blocks of text of the turn, in order. */
export type HeartbeatSaid = { readonly blocks: readonly string[]; readonly parts: Pick<AnswerParts, "files"> };

/**
 * By the last words that the model said: what it says between its steps is no answer. Only files go out without words.
 */
export function heartbeatAnswer({ blocks, parts }: HeartbeatSaid): Pick<Answer, "text" | "files"> {
  const last = unmarked(blocks).findLast((words) => !isBlank(words));
  const isNothing = last === undefined || heartbeatAlert(last) === null;
  const files = parts.files.map((file) => ({ ...file, name: cleanFileName(file.name) }));
  return { text: isNothing ? "" : AnswerText.from(blocks).text, ...(files.length > 0 && { files }) };
}

/** Blocks without reasoning and marks, but with the signs that `AnswerText` takes from their ends. */
function unmarked(blocks: readonly string[]): readonly string[] {
  let leftOpen: Stretch | null = null;
  return blocks.map((block) => {
    const filter = new MarkerFilter(leftOpen);
    const shown = filter.append(block);
    const rest = filter.end();
    leftOpen = filter.leftOpen;
    return rest.isAnew ? rest.text : shown.text + rest.text;
  });
}
