/** Has a person say yes before what cannot be undone, or what others would see. */
import { createInterface } from "node:readline/promises";

/** Where the question is shown and its answer comes from. */
export type Dialogue = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

/** True if the line that is typed after `warning` is `expected`. False also when there is none: Ctrl-C, Ctrl-D. */
export async function isConfirmed(warning: string, expected: string, dialogue: Dialogue): Promise<boolean> {
  dialogue.output.write(`${warning}\n`);
  return (await readLine("Type the id to confirm: ", dialogue)) === expected;
}

/** True if the answer is `y` or `yes`; the question is shown with what can be typed. */
export async function isAgreed(question: string, dialogue: Dialogue): Promise<boolean> {
  return /^y(?:es)?$/i.test((await readLine(`${question} [y/N] `, dialogue)) ?? "");
}

/** Null when no line comes. */
async function readLine(prompt: string, dialogue: Dialogue): Promise<string | null> {
  const terminal = createInterface(dialogue);
  const gone = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
  const typed = await Promise.race([terminal.question(prompt).catch(() => null), gone]);
  terminal.close();
  if (typed === null) dialogue.output.write("\n");
  return typed?.trim() ?? null;
}
