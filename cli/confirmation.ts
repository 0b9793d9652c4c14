/** Has a person type something before what cannot be undone. */
import { createInterface } from "node:readline/promises";

/** Where the question is shown and its answer comes from. */
export type Dialogue = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

/** True if the line that is typed after `question` is `expected`. False also when there is none: Ctrl-C, Ctrl-D. */
export async function isConfirmed(question: string, expected: string, dialogue: Dialogue): Promise<boolean> {
  const terminal = createInterface(dialogue);
  const gone = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
  const typed = await Promise.race([terminal.question(question).catch(() => null), gone]);
  terminal.close();
  return typed?.trim() === expected;
}
