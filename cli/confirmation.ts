/** Has a person type something before what cannot be undone. */
import { createInterface } from "node:readline/promises";

/** Where the question is shown and its answer comes from. */
export type Dialogue = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

/** True if the line that is typed after `warning` is `expected`. False also when there is none: Ctrl-C, Ctrl-D. */
export async function isConfirmed(warning: string, expected: string, dialogue: Dialogue): Promise<boolean> {
  dialogue.output.write(`${warning}\n`);
  const terminal = createInterface(dialogue);
  const gone = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
  const typed = await Promise.race([terminal.question("Type the id to confirm: ").catch(() => null), gone]);
  terminal.close();
  if (typed === null) dialogue.output.write("\n");
  return typed?.trim() === expected;
}
