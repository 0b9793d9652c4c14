/** Most verbs ask the admin API a few things and print the answers: as JSON for scripts, or as text for people. */
import { findAddress } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { complain, type VerbOptions } from "./verb.ts";

/** The same for both kinds of readers. */
export type Shown = {
  readonly json: unknown;
  readonly lines: readonly string[];
  /** Said if what was asked for is not there; then the verb has failed. */
  readonly missing?: string;
};

/** Asks for `paths` and prints what `show` makes of the answers, which come in the same order. */
export async function askAndPrint(
  verb: string,
  paths: readonly string[],
  options: VerbOptions,
  show: (answers: readonly unknown[]) => Shown,
): Promise<ExitCode> {
  const address = findAddress(options);
  if (!address.ok) return complain(verb, EXIT.unusable, address.error);
  const answers: unknown[] = [];
  for (const path of paths) {
    const answer = await askAdmin(address.value, path);
    if (!answer.ok) return complain(verb, answer.error.exit, answer.error.message);
    answers.push(answer.value);
  }
  const { json, lines, missing } = show(answers);
  for (const line of options.json ? [JSON.stringify(json)] : lines) console.log(line);
  return missing === undefined ? EXIT.done : complain(verb, EXIT.failed, missing);
}
