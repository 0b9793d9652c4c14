/** What every verb of `claw` is: a name, a line of help, what it takes, and one action. */
import type { Command } from "commander";
import { printableLine } from "../../local/terminal-text.ts";
import type { AddressOptions } from "../address.ts";
import type { ExitCode } from "../exit-code.ts";

export type VerbOptions = AddressOptions & { readonly json?: true };

export type Verb<Options extends VerbOptions = VerbOptions> = {
  readonly name: string;
  readonly summary: string;
  /** The verb of its group that runs when none is named. */
  readonly isDefault?: true;
  /** Declares the arguments and options that only this verb has. */
  readonly declare?: (command: Command) => Command;
  /** Prints its findings and returns the exit code. Throws only for what nobody could expect. */
  run(options: Options, args: readonly string[]): Promise<ExitCode>;
};

/** Verbs with a first word in common: `claw telegram info`. */
export type VerbGroup = {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly (Verb | VerbGroup)[];
};

/** Writes one line of complaint, which may be somebody else's words, to stderr and returns `exit`. */
export function complain(verb: string, exit: ExitCode, message: string): ExitCode {
  console.error(printableLine(`claw ${verb}: ${message}`));
  return exit;
}
