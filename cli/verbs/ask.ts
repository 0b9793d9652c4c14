/** Most verbs ask the admin API a few things and print the answers: as JSON for scripts, or as text for people. */
import { type Address, findAddress } from "../address.ts";
import { askAdmin, type AskFailure, type Change } from "../admin-api.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { complain, type VerbOptions } from "./verb.ts";

/** The same for both kinds of readers. */
export type Shown = {
  readonly json: unknown;
  readonly lines: readonly string[];
  /** Said if what was asked for is not there; then the verb has failed. */
  readonly missing?: string;
};

/** Something to ask for, or to change. */
export type Asked = { readonly path: string; readonly change?: Change };

/** What people read of an answer. */
export type Show = (answer: unknown, address: Address) => readonly string[];

/**
 * Asks for `paths` and prints what `show` makes of the answers, which come in the same order. After them come those to
 * `extras`, which an older release does not have: null where there is none.
 */
export async function askAndPrint(
  verb: string,
  paths: readonly string[],
  options: VerbOptions,
  show: (answers: readonly unknown[]) => Shown,
  extras: readonly string[] = [],
): Promise<ExitCode> {
  const address = findAddress(options);
  if (!address.ok) return complain(verb, EXIT.unusable, address.error);
  const answers: unknown[] = [];
  for (const path of paths) {
    const answer = await askAdmin(address.value, path);
    if (!answer.ok) return complainOf(verb, answer.error);
    answers.push(answer.value);
  }
  for (const path of extras) {
    const answer = await askAdmin(address.value, path);
    answers.push(answer.ok ? answer.value : null);
  }
  return print(verb, options, show(answers));
}

/** Prints for the readers that `options` name; returns whether all was there. */
export function print(verb: string, options: VerbOptions, { json, lines, missing }: Shown): ExitCode {
  for (const line of options.json ? [JSON.stringify(json)] : lines) console.log(line);
  return missing === undefined ? EXIT.done : complain(verb, EXIT.failed, missing);
}

/** Asks for one thing, or changes it, and prints the answer. */
export async function carryOut(
  verb: string,
  { path, change }: Asked,
  options: VerbOptions,
  show: Show,
): Promise<ExitCode> {
  const address = findAddress(options);
  if (!address.ok) return complain(verb, EXIT.unusable, address.error);
  const answer = await askAdmin(address.value, path, change);
  if (!answer.ok) return complainOf(verb, answer.error);
  const { value } = answer;
  return print(verb, options, { json: value, lines: options.json ? [] : show(value, address.value) });
}

/** Says what the assistant refused, and every reason that it gave, each in a line of its own. */
export function complainOf(verb: string, { exit, message, reasons = [] }: AskFailure): ExitCode {
  for (const line of [message, ...reasons]) complain(verb, exit, line);
  return exit;
}
